using Microsoft.ML.OnnxRuntime;
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

    // The package for the processor alone.
    [Fact]
    public void Cuda_without_its_kernels_says_which_build_has_them()
    {
        string file = Identity();

        UsageException error = Assert.Throws<UsageException>(
            () => OnnxSession.Load(file, new OnnxOptions { Provider = OnnxProvider.Cuda, Device = 1 }));

        Assert.StartsWith("the ONNX Runtime here does not compute with CUDA: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("CUDA card 1", error.Where);
        Assert.Contains("-p:Torch=cuda", error.Fix, StringComparison.Ordinal);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Theory]
    [InlineData("z", "Input name: 'z' is not in the metadata")]
    [InlineData("x", "Unexpected input data type. Actual: (tensor(int64)) , expected: (tensor(float))")]
    public void Wrong_inputs_are_told_in_three_lines(string name, string problem)
    {
        using OnnxSession session = OnnxSession.Load(Identity());
        using OrtValue integers = OrtValue.CreateTensorValueFromMemory(new long[6], [3, 2]);

        UsageException error = Assert.Throws<UsageException>(
            () => session.Run(new Dictionary<string, OrtValue> { [name] = integers }));

        Assert.Equal($"ONNX Runtime fails in the graph: {problem}", error.Message);
        Assert.Equal(session.Path, error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Fact]
    public void Wrong_shapes_and_names_of_a_binding_are_told_in_three_lines()
    {
        using OnnxSession session = OnnxSession.Load(Identity());
        using OnnxBinding binding = session.Bind();
        using OrtValue wide = OrtValue.CreateTensorValueFromMemory(new float[6], [2, 3]);
        binding.Input("x", wide);
        binding.Output("y");

        Assert.Contains("Got invalid dimensions for input: x for the following indices",
            Assert.Throws<UsageException>(binding.Run).Message, StringComparison.Ordinal);
        Assert.StartsWith("ONNX Runtime fails in the graph: Failed to find input name",
            Assert.Throws<UsageException>(() => binding.Input("z", wide)).Message, StringComparison.Ordinal);
    }

    // Free axes: [2, 3] times [4, 5] is found only while the node runs.
    [Fact]
    public void A_node_that_fails_while_it_runs_is_named()
    {
        using OnnxSession session = OnnxSession.Load(Write(PathOf("product.onnx"),
            [Node("the_product", "MatMul", ["a", "b"], "y")],
            [Value("a", Floats, "i", "j"), Value("b", Floats, "k", "l")], [Value("y", Floats, "i", "l")]));
        using OrtValue a = OrtValue.CreateTensorValueFromMemory(new float[6], [2, 3]),
            b = OrtValue.CreateTensorValueFromMemory(new float[20], [4, 5]);

        UsageException error = Assert.Throws<UsageException>(
            () => session.Run(new Dictionary<string, OrtValue> { ["a"] = a, ["b"] = b }));

        Assert.StartsWith("ONNX Runtime fails in the graph: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("the_product", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    private string Identity() => Write(PathOf("graph.onnx"),
        [Node("same", "Identity", ["x"], "y")], [Value("x", Floats, "rows", 2)], [Value("y", Floats, "rows", 2)]);

    private string PathOf(string name) => Path.Combine(_folder, name);
}
