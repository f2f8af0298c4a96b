using Xunit.Sdk;
using Xunit.v3;

// What these tests start computes on one thread: two collections at a time use the two cores.
[assembly: Parallelization(Mode = ParallelMode.Collections)]
