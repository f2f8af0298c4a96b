using Xunit.Sdk;
using Xunit.v3;

// The machine has two cores and the kernels use both: tests run one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
