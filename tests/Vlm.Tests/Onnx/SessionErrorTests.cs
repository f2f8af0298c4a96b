using Vlm.Onnx.Runtime;
using static Vlm.Tests.Onnx.SessionGraphs;

namespace Vlm.Tests.Onnx;

public sealed class SessionErrorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-onnx").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_node_of_an_unknown_kind_is_named_with_what_is_wrong()
    {
        string file = Write(PathOf("unknown.onnx"),
            [Node("layer_3/gate", "Swiglu", ["x"], "y")], [Value("x", Floats, 2)], [Value("y", Floats, 2)]);

        UsageException error = Assert.Throws<UsageException>(() => OnnxSession.Load(file));

        Assert.StartsWith("ONNX Runtime refuses the graph: This is an invalid model.", error.Message, StringComparison.Ordinal);
        Assert.Contains("layer_3/gate", error.Message, StringComparison.Ordinal);
        Assert.Contains("Swiglu", error.Message, StringComparison.Ordinal);
        Assert.Equal(file, error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Fact]
    public void A_node_between_two_types_is_named()
    {
        string file = Write(PathOf("types.onnx"), [Node("sum_of_both", "Add", ["x", "i"], "y")],
            [Value("x", Floats, 2), Value("i", Integers, 2)], [Value("y", Floats, 2)]);

        Assert.Contains("sum_of_both", Assert.Throws<UsageException>(() => OnnxSession.Load(file)).Message,
            StringComparison.Ordinal);
    }

    // A type that the processor has no Relu for: found only when kernels are chosen, after the graph was read.
    [Fact]
    public void A_node_without_a_kernel_is_named()
    {
        string file = Write(PathOf("kernel.onnx"), [Node("half_relu", "Relu", ["x"], "y")],
            [Value("x", BrainFloats, 2)], [Value("y", BrainFloats, 2)]);

        Assert.Equal(
            "error: ONNX Runtime refuses the graph: Could not find an implementation for Relu(14) node with name 'half_relu'\n"
            + $"   at: {file}\n  try: write the file again, or give one that other programs load",
            Assert.Throws<UsageException>(() => OnnxSession.Load(file)).Render());
    }

    [Fact]
    public void A_missing_file_and_one_of_another_format_are_refused()
    {
        string missing = PathOf("none.onnx"), other = PathOf("other.onnx");
        File.WriteAllText(other, "not a graph");

        Assert.Equal($"error: there is no such ONNX file\n   at: {missing}\n  try: the path of an .onnx file",
            Assert.Throws<UsageException>(() => OnnxSession.Load(missing)).Render());
        Assert.Equal("ONNX Runtime refuses the graph: Protobuf parsing failed.",
            Assert.Throws<UsageException>(() => OnnxSession.Load(other)).Message);
    }

    // The library that npm brings knows of CUDA and has no kernels for it.
    [Fact]
    public void Cuda_without_its_kernels_says_which_library_has_them()
    {
        string file = Identity();

        UsageException error = Assert.Throws<UsageException>(
            () => OnnxSession.Load(file, new OnnxOptions { Provider = OnnxProvider.Cuda }));

        Assert.StartsWith("the ONNX Runtime library here does not compute with CUDA: ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("libonnxruntime", error.Where, StringComparison.Ordinal);
        Assert.Contains("ONNXRUNTIME_LIBRARY", error.Fix, StringComparison.Ordinal);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Fact]
    public void A_missing_library_says_what_installs_it()
    {
        Assert.Equal(
            "error: the ONNX Runtime library, which runs .onnx files, is not there\n"
            + "   at: /nowhere/onnxruntime-node\n  try: ./vlm setup",
            Assert.Throws<UsageException>(() => OrtLibrary.Find(null, _folder, "/nowhere")).Render());
        Assert.Equal(
            "error: the ONNX Runtime library, which runs .onnx files, is not there\n"
            + "   at: ONNXRUNTIME_LIBRARY=/else/where.so\n  try: ./vlm setup",
            Assert.Throws<UsageException>(() => OrtLibrary.Find("/else/where.so", _folder, "/nowhere")).Render());
    }

    [Fact]
    public void A_named_library_comes_before_that_of_nuget_and_that_before_npm()
    {
        string cpu = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
            == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
        string npm = Touch("modules", "onnxruntime-node", "bin", "napi-v9", "linux", cpu, "libonnxruntime.so.1");
        string Found(string? named) => OrtLibrary.Find(named, PathOf("program"), PathOf("modules"));

        Assert.Equal(npm, Found(null));
        string nuget = Touch("program", "runtimes", $"linux-{cpu}", "native", "libonnxruntime.so");
        Assert.Equal(nuget, Found(null));
        string named = Touch("mine.so");
        Assert.Equal(named, Found(named));
    }

    [Fact]
    public void Wrong_inputs_and_outputs_are_named_with_what_the_graph_takes()
    {
        using OnnxSession session = OnnxSession.Load(Identity());
        using OnnxTensor right = OnnxTensor.From<float>(new float[6], 3, 2);
        using OnnxTensor integers = OnnxTensor.From<long>(new long[6], 3, 2);
        using OnnxTensor wide = OnnxTensor.From<float>(new float[6], 2, 3);
        using OnnxTensor flat = OnnxTensor.From<float>(new float[6], 6);

        Assert.Equal("input x of graph.onnx is float32 [rows, 2], not int64 [3, 2]", Refusal("x", integers));
        Assert.Equal("input x of graph.onnx is float32 [rows, 2], not float32 [2, 3]", Refusal("x", wide));
        Assert.Equal("input x of graph.onnx is float32 [rows, 2], not float32 [6]", Refusal("x", flat));
        Assert.Equal("graph.onnx has no input z; it takes x", Refusal("z", right));
        Assert.Equal("graph.onnx also takes x", Assert.Throws<ArgumentException>(
            () => session.Run(new Dictionary<string, OnnxTensor>())).Message);
        Assert.Equal("graph.onnx has no output w; it gives y", Assert.Throws<ArgumentException>(
            () => session.Run(new Dictionary<string, OnnxTensor> { ["x"] = right }, "w")).Message);

        string Refusal(string name, OnnxTensor value)
        {
            using OnnxBinding binding = session.Bind();
            string bound = Assert.Throws<ArgumentException>(() => binding.Input(name, value)).Message;
            Assert.Equal(bound, Assert.Throws<ArgumentException>(
                () => session.Run(new Dictionary<string, OnnxTensor> { [name] = value })).Message);
            return bound;
        }
    }

    // Free axes: [2, 3] times [4, 5] is found only while the node runs.
    [Fact]
    public void A_node_that_fails_while_it_runs_is_named()
    {
        using OnnxSession session = OnnxSession.Load(Write(PathOf("product.onnx"),
            [Node("the_product", "MatMul", ["a", "b"], "y")],
            [Value("a", Floats, "i", "j"), Value("b", Floats, "k", "l")], [Value("y", Floats, "i", "l")]));
        using OnnxTensor a = OnnxTensor.From<float>(new float[6], 2, 3), b = OnnxTensor.From<float>(new float[20], 4, 5);

        OnnxException error = Assert.Throws<OnnxException>(
            () => session.Run(new Dictionary<string, OnnxTensor> { ["a"] = a, ["b"] = b }));

        Assert.Contains("the_product", error.Message, StringComparison.Ordinal);
    }

    private string Identity() => Write(PathOf("graph.onnx"),
        [Node("same", "Identity", ["x"], "y")], [Value("x", Floats, "rows", 2)], [Value("y", Floats, "rows", 2)]);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Touch(params string[] parts)
    {
        string file = Path.Combine([_folder, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }
}
