"""A function of tensors that a GPU replays: a thousand small kernels then cost one launch, not a thousand."""

import torch

# What libraries choose or allocate when they are first called must not happen while a graph is recorded.
WARM_UPS = 3


class Recorded:
    """Calls function(*tensors, **fixed) -> a tensor or several; on a GPU, as a CUDA graph for every set of shapes.

    The function may change tensors of its own in place, such as weights, and `fixed` is whatever can be hashed. What
    it returns on a GPU is valid until the next call. Its first call with new shapes there runs it a few times more.
    """

    def __init__(self, function):
        self.function, self.graphs = function, {}

    def __call__(self, *inputs, **fixed):
        if not inputs[0].is_cuda:
            return self.function(*inputs, **fixed)
        key = (*((x.shape, x.stride()) for x in inputs), *fixed.items())
        if key not in self.graphs:
            self.graphs[key] = self.record(inputs, fixed)
        graph, given, result = self.graphs[key]
        for mine, theirs in zip(given, inputs, strict=True):
            mine.copy_(theirs)
        graph.replay()
        return result

    def record(self, inputs, fixed):
        given = [x.detach().clone() for x in inputs]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self.function(*given, **fixed)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = self.function(*given, **fixed)
        return graph, given, result
