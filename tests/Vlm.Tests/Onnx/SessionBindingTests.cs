using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
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
        Assert.Equal([3, Width], Shape(cache.Held));
        Assert.Equal([1f, 2, 3], new[] { 0, Width, 2 * Width }.Select(at => cache.Held.GetTensorMutableDataAsSpan<float>()[at]));
    }

    // Bound first and changed after: a copy made while binding would still hold zeros.
    [Fact]
    public void An_input_is_read_where_it_lies()
    {
        using var cache = new Cache(_session);
        cache.Add(1);

        cache.Held.GetTensorMutableDataAsSpan<float>().Fill(5);

        Assert.Equal(5 * 1024 + 2 * 1024, cache.Add(2));
    }

    [Fact]
    public void Each_run_gives_new_memory_and_leaves_what_it_read_alone()
    {
        using var cache = new Cache(_session);
        cache.Add(1);
        OrtValue first = cache.Detach();
        nint address = Address(first);
        cache.Add(2);

        Assert.NotEqual(address, Address(cache.Held));
        Assert.Equal(address, Address(first));
        Assert.Equal([1, Width], Shape(first));
        Assert.True(first.GetTensorDataAsSpan<float>().IndexOfAnyExcept(1f) < 0);
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
        using OrtValue past = OnnxTensors.Empty(OnnxType.Float, 0, Width);
        using OrtValue row = OnnxTensors.From(zeros(1, Width));
        var inputs = new Dictionary<string, OrtValue> { ["past"] = past, ["row"] = row };
        using OnnxValues one = _session.Run(inputs, "sum"), all = _session.Run(inputs);
        using OnnxBinding binding = _session.Bind();
        binding.Output("sum");

        Assert.Equal(["sum"], one.Names);
        Assert.Equal(["present", "sum"], all.Names);
        binding.Input("row", row);
        Assert.Contains("Name:'grow'",
            Assert.Throws<UsageException>(binding.Run).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_taken_outlives_its_run()
    {
        using OrtValue past = OnnxTensors.Empty(OnnxType.Float, 0, Width);
        using OrtValue row = OnnxTensors.From(full([1, Width], 4f));
        OnnxValues given = _session.Run(new Dictionary<string, OrtValue> { ["past"] = past, ["row"] = row });
        using OrtValue taken = given.Take("present");
        given.Dispose();

        Assert.Equal(4f, taken.GetTensorDataAsSpan<float>()[Width - 1]);
        Assert.Empty(given.Names);
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

    private static long[] Shape(OrtValue value) => value.GetTensorTypeAndShape().Shape;

    private static unsafe nint Address(OrtValue value) =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref value.GetTensorMutableRawData()[0]);

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
            _binding.Output("present", stays: true);
            _binding.Output("sum");
            _binding.Input("past", Held);
        }

        public OrtValue Held { get; private set; } = OnnxTensors.Empty(OnnxType.Float, 0, Width);

        private OrtValue? _detached;

        public float Add(float value)
        {
            var row = new float[Width];
            Array.Fill(row, value);
            using OrtValue given = OrtValue.CreateTensorValueFromMemory(row, [1, Width]);
            _binding.Input("row", given);
            using OnnxValues values = _binding.Run();
            if (Held != _detached)
                Held.Dispose();
            Held = values.Take("present");
            _binding.Input("past", Held);
            return values["sum"].GetTensorDataAsSpan<float>()[0];
        }

        public OrtValue Detach() => _detached = Held;

        public void Dispose()
        {
            Held.Dispose();
            _binding.Dispose();
        }
    }
}
