"""Painting many pictures: lists of jobs, the manifest of their results, and the engines that paint them."""
