// The machine has two cores and the kernels use both: tests run one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
