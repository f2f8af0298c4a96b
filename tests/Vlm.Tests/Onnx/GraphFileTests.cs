using Vlm.Onnx.Graph;
using Vlm.Onnx.Graph.Proto;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>What is written, byte for byte, and where.</summary>
public sealed class GraphFileTests
{
    // Decoded by hand: field * 8 + kind, where kind 0 is a number and kind 2 a length and so many bytes.
    private static readonly string Golden = string.Concat(
        "0808",                                 // model 1: file format 8
        "1203" + "766C6D",                      // 2: producer "vlm"
        "4204" + "0A00" + "1011",               // 8: operator set, domain "", version 17
        "3A58",                                 // 7: the graph, 21 + 3 + 22 + 22 + 20 = 88 bytes
        "0A13" + "0A0178" + "0A0177" + "120179" // graph 1: a node that takes "x", "w" and makes "y",
            + "1A03416464" + "2203416464",      //    called "Add", of type "Add"
        "120167",                               // 2: its name, "g"
        "5A14" + "0A0178" + "120F0A0D" + "0801" // 11: input "x", of type 1 (float32),
            + "1209" + "0A0312016E" + "0A020802", //  of shape ["n", 2]
        "6214" + "0A0179" + "120F0A0D" + "0801" // 12: output "y", the same
            + "1209" + "0A0312016E" + "0A020802",
        "2A12" + "0A0102" + "1001" + "420177"   // 5: a tensor of shape [2] and type 1, called "w",
            + "4A08" + "0000803F" + "000000C0"); //   that holds 1 and -2

    [Fact]
    public void A_tiny_model_has_the_bytes_that_the_format_says()
    {
        OnnxGraph graph = Tiny();

        byte[] bytes = GraphRun.InFolder(folder => File.ReadAllBytes(graph.Save(Path.Combine(folder, "g.onnx")).Path));

        Assert.Equal(Golden, Convert.ToHexString(bytes));
    }

    [Fact]
    public void Metadata_is_written_in_order_of_its_keys()
    {
        OnnxGraph graph = Tiny();
        graph.Metadata["dtype"] = "fp32";
        graph.Metadata["commit"] = "abc";

        ModelProto model = Saved(graph);

        Assert.Equal(["commit=abc", "dtype=fp32"], model.MetadataProps.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Fact]
    public void Equal_constants_and_weights_are_stored_once()
    {
        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, 2, 3);
        Tensor weight = arange(6, dtype: ScalarType.Float32).view(2, 3);
        OnnxValue a = graph.Weight("a", weight), same = graph.Weight("same", weight.clone());
        OnnxValue shape = graph.Weight("shape", weight.view(3, 2));
        OnnxValue type = graph.Weight("type", weight, OnnxType.Float16);
        using Tensor changed = weight.clone();
        changed[1, 2] = 7;
        OnnxValue last = graph.Weight("last", changed);

        graph.Output("y", x + 0.5 + 0.5 + 1.5);

        Assert.Equal(a.Name.Text, same.Name.Text);
        Assert.Equal(4, new[] { a, shape, type, last }.Select(value => value.Name.Text).Distinct().Count());
        Assert.Equal(4 + 2, graph.Initializers.Count);
    }

    // Three tensors of 1200 bytes and one of 8: 0, 4096 and 8192 in one file; the small one stays in the graph.
    [Fact]
    public void External_data_starts_at_multiples_of_4096_and_gives_the_same_numbers() => GraphRun.InFolder(folder =>
    {
        string path = Path.Combine(folder, "decoder.onnx");
        OnnxFiles files = Large().Save(path, external: true);

        Assert.Equal([path + "_data"], files.Data);
        Assert.Equal(["decoder.onnx", "decoder.onnx_data"], Names(folder));
        Assert.Equal(8192 + 1200, new FileInfo(path + "_data").Length);
        TensorProto[] tensors = [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Initializer];
        Assert.Equal(["decoder.onnx_data 0 1200", "decoder.onnx_data 4096 1200", "decoder.onnx_data 8192 1200"],
            tensors.Where(tensor => tensor.DataLocation == 1).Select(Place));
        Assert.Equal(8, Assert.Single(tensors, tensor => tensor.DataLocation == 0).RawData.Length);
        CheckSum(path);
        return 0;
    });

    // The second ends at 5296; the third would end at 9392, beyond 6000, and starts the next file.
    [Fact]
    public void A_data_file_that_would_be_too_large_for_a_browser_is_split() => GraphRun.InFolder(folder =>
    {
        string path = Path.Combine(folder, "decoder.onnx");
        OnnxFiles files = OnnxFile.Write(path, Large(), external: true, largestData: 6000);

        Assert.Equal([path + "_data", path + "_data_1"], files.Data);
        Assert.Equal([5296, 1200], files.Data.Select(file => new FileInfo(file).Length));
        CheckSum(path);
        return 0;
    });

    [Fact]
    public void A_write_that_fails_leaves_the_old_files_and_nothing_else() => GraphRun.InFolder(folder =>
    {
        string path = Path.Combine(folder, "g.onnx");
        File.WriteAllText(path, "old");
        bool broken = false;
        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, 300);
        graph.Output("y", x + graph.Weight("w", new OnnxWeight([300],
            () => broken ? throw new IOException("no space left") : ones(300))));
        broken = true;

        Assert.Throws<IOException>(() => graph.Save(path, external: true));
        Assert.Throws<IOException>(() => graph.Save(path));

        Assert.Equal(["g.onnx"], Names(folder));
        Assert.Equal("old", File.ReadAllText(path));
        return 0;
    });

    [Fact]
    public void A_weight_too_large_for_float16_is_refused_by_name()
    {
        var graph = new OnnxGraph("g", OnnxType.Float16);
        OnnxValue x = graph.Input("x", OnnxType.Float16, 2);
        graph.Output("y", x + graph.Weight("w", tensor(new float[] { 1, 70000 })));

        var error = Assert.Throws<OnnxGraphException>(() => Saved(graph));

        Assert.Contains("'w': a weight is beyond 65504", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_weights_and_a_second_name_for_an_output_pass_through_an_identity()
    {
        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, "n");
        OnnxValue twice = x + x;
        graph.Output("a", twice);
        graph.Output("b", twice, "m");
        graph.Output("c", x);
        graph.Output("d", graph.Weight("w", ones(1)));

        Tensor[] outputs = GraphRun.Run(graph, ("x", tensor(new float[] { 3, 4 })));

        Assert.Equal(1 + 3, graph.Nodes);
        Assert.Equal([14, 14, 7, 1], outputs.Select(output => output.sum().item<float>()));
    }

    private static OnnxGraph Tiny()
    {
        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, "n", 2);
        graph.Output("y", x + graph.Weight("w", tensor(new float[] { 1, -2 })));
        return graph;
    }

    private static OnnxGraph Large()
    {
        var graph = new OnnxGraph("g");
        OnnxValue y = graph.Input("x", OnnxType.Float, 2, 1);
        foreach (int i in new[] { 1, 2 })
            y = y + graph.Weight($"w{i}", arange(300, dtype: ScalarType.Float32) * i);
        y = y + graph.Weight("small", tensor(new float[] { 5, 7 }).view(2, 1));
        graph.Output("y", y + graph.Weight("w3", (arange(300, dtype: ScalarType.Float32) * 3).to(ScalarType.BFloat16)));
        return graph;
    }

    private static void CheckSum(string path)
    {
        Tensor row = arange(300, dtype: ScalarType.Float32);
        Tensor third = (row * 3).to(ScalarType.BFloat16).to(ScalarType.Float32);
        Tensor expected = (row * 3) + third + tensor(new float[] { 105, 207 }).view(2, 1);
        GraphRun.Near(expected, GraphRun.Load(path, ("x", tensor(new float[] { 100, 200 }).view(2, 1))).Single(), 1e-3);
    }

    private static ModelProto Saved(OnnxGraph graph) => GraphRun.InFolder(folder =>
        ModelProto.Parser.ParseFrom(File.ReadAllBytes(graph.Save(Path.Combine(folder, "g.onnx")).Path)));

    private static string Place(TensorProto tensor) => string.Join(' ', tensor.ExternalData.Select(pair => pair.Value));

    private static string[] Names(string folder) =>
        [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
