"""Many pictures: lists of jobs, what has become of each, and the engines that paint them."""
