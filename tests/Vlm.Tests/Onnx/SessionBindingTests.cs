using Vlm.Onnx.Runtime;
using static TorchSharp.torch;
using static Vlm.Tests.Onnx.SessionGraphs;

namespace Vlm.Tests.Onnx;

/// <summary>A cache that grows by a row of 1,024 numbers (4 kB) with each run, and the sum of its columns.</summary>
public sealed class SessionBindingTests : IDisposable
{
    private const int Width = 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-onnx").FullName;
    private readonly OnnxSession _session;

    public SessionBindingTests() => _session = OnnxSession.Load(Write(Path.Combine(_folder, "cache.onnx"),
        [Concat("grow", ["past", "row"], "present", axis: 0), Node("total", "ReduceSum", ["present"], "sum")],
        [Value("past", Floats, "length", Width), Value("row", Floats, 1, Width)],
        [Value("present", Floats, "length + 1", Width), Value("sum", Floats, 1, 1)]));

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Rows of 1s, then 2s, then 3s: after three runs 1,024 * (1 + 2 + 3) = 6,144.
    [Fact]
    public void What_a_run_gave_is_handed_to_the_next()
    {
        using var cache = new Cache(_session);

        Assert.Equal([1024f, 3072, 6144], new[] { cache.Add(1), cache.Add(2), cache.Add(3) });
        Assert.Equal([3, Width], cache.Held.Shape);
        Assert.Equal([1f, 2, 3], new[] { 0, Width, 2 * Width }.Select(at => cache.Held.Span<float>()[at]));
    }

    // Bound first and changed after: a copy made while binding would still hold zeros.
    [Fact]
    public void An_input_is_read_where_it_lies()
    {
        using var cache = new Cache(_session);
        cache.Add(1);

        cache.Held.Span<float>().Fill(5);

        Assert.Equal(5 * 1024 + 2 * 1024, cache.Add(2));
    }

    [Fact]
    public void Each_run_gives_new_memory_and_leaves_what_it_read_alone()
    {
        using var cache = new Cache(_session);
        cache.Add(1);
        OnnxTensor first = cache.Detach();
        nint address = first.Address;
        cache.Add(2);

        Assert.NotEqual(address, cache.Held.Address);
        Assert.Equal(address, first.Address);
        Assert.Equal([1, Width], first.Shape);
        Assert.True(first.Span<float>().IndexOfAnyExcept(1f) < 0);
        first.Dispose();
    }

    // Twenty times a cache of up to 50 rows: were one of each run's tensors kept, 1,000 runs would hold 1,000 * 25 rows of
    // 4 kB, 100 MB, and the first 200 of them 20 MB.
    [Fact]
    public void A_thousand_runs_hold_no_more_memory_than_two_hundred()
    {
        Grow(times: 4);
        long before = ResidentBytes();
        Grow(times: 16);

        Assert.InRange(ResidentBytes() - before, long.MinValue, 16L << 20);
    }

    [Fact]
    public void Only_what_is_asked_for_is_given()
    {
        using OnnxTensor past = OnnxTensor.Zeros(OnnxElement.Float32, 0, Width);
        using OnnxTensor row = OnnxTensor.Zeros(OnnxElement.Float32, 1, Width);
        var inputs = new Dictionary<string, OnnxTensor> { ["past"] = past, ["row"] = row };
        using OnnxValues one = _session.Run(inputs, "sum"), all = _session.Run(inputs);
        using OnnxBinding binding = _session.Bind();
        binding.Output("sum");

        Assert.Equal(["sum"], one.Names);
        Assert.Equal(["present", "sum"], all.Names);
        Assert.Equal("the output sum is bound already",
            Assert.Throws<ArgumentException>(() => binding.Output("sum")).Message);
        Assert.Equal("cache.onnx also takes past, row",
            Assert.Throws<ArgumentException>(() => binding.Run()).Message);
    }

    [Fact]
    public void What_was_taken_outlives_its_run_and_the_rest_does_not()
    {
        using OnnxTensor past = OnnxTensor.Zeros(OnnxElement.Float32, 0, Width);
        using OnnxTensor row = OnnxTensor.From(full([1, Width], 4f));
        OnnxValues given = _session.Run(new Dictionary<string, OnnxTensor> { ["past"] = past, ["row"] = row });
        using OnnxTensor taken = given.Take("present");
        OnnxTensor left = given["sum"];
        given.Dispose();

        Assert.Equal(4f, taken.Span<float>()[Width - 1]);
        Assert.Throws<ObjectDisposedException>(() => left.Span<float>().Length);
        Assert.Throws<KeyNotFoundException>(() => given.Take("present"));
    }

    // Six threads are the caller's and five more; none of them is OpenMP's, whose one library stays the tensor engine's.
    [Fact]
    public void Threads_are_the_sessions_own_and_the_engines_stay_as_they_were()
    {
        using Tensor product = ones(64, 64).matmul(ones(64, 64));
        int engine = get_num_threads(), before = Threads();
        using (OnnxSession session = OnnxSession.Load(_session.Path, new OnnxOptions { Threads = 6 }))
        {
            int during = Threads();
            using var cache = new Cache(session);

            Assert.InRange(during - before, 5, 7);
            Assert.Equal(3072f, cache.Add(3));
        }

        Assert.Equal(engine, get_num_threads());
        Assert.Single(OpenMpLibraries());
        Assert.Equal(64f, product[63, 63].item<float>());
    }

    private void Grow(int times)
    {
        for (int time = 0; time < times; time++)
        {
            using var cache = new Cache(_session);
            for (int row = 1; row <= 50; row++)
                Assert.Equal(row * 1024f, cache.Add(1));
        }
    }

    private static int Threads() => Directory.GetDirectories("/proc/self/task").Length;

    private static string[] OpenMpLibraries() =>
        [.. File.ReadLines("/proc/self/maps").Select(line => Path.GetFileName(line.Split(' ')[^1]))
            .Where(file => new[] { "libgomp", "libomp", "libiomp" }.Any(name => file.StartsWith(name, StringComparison.Ordinal)))
            .Distinct()];

    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class Cache : IDisposable
    {
        private readonly OnnxBinding _binding;

        public Cache(OnnxSession session)
        {
            _binding = session.Bind();
            _binding.Output("present", OnnxPlace.Session);
            _binding.Output("sum");
            _binding.Input("past", Held);
        }

        public OnnxTensor Held { get; private set; } = OnnxTensor.Zeros(OnnxElement.Float32, 0, Width);

        private OnnxTensor? _detached;

        public float Add(float value)
        {
            var row = new float[Width];
            Array.Fill(row, value);
            using OnnxTensor given = OnnxTensor.From<float>(row, 1, Width);
            _binding.Input("row", given);
            using OnnxValues values = _binding.Run();
            if (Held != _detached)
                Held.Dispose();
            Held = values.Take("present");
            _binding.Input("past", Held);
            return values["sum"].Span<float>()[0];
        }

        public OnnxTensor Detach() => _detached = Held;

        public void Dispose()
        {
            Held.Dispose();
            _binding.Dispose();
        }
    }
}
