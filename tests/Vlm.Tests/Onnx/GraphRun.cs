using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>Graphs, run by ONNX Runtime.</summary>
internal static class GraphRun
{
    /// <summary>Saves a graph, loads it and runs it once.</summary>
    /// <returns>The outputs, in the order in which the graph declares them.</returns>
    public static Tensor[] Run(OnnxGraph graph, params (string Name, Tensor Value)[] inputs) => InFolder(folder =>
    {
        string path = Path.Combine(folder, "graph.onnx");
        graph.Save(path);
        return Load(path, inputs);
    });

    public static Tensor[] Load(string path, params (string Name, Tensor Value)[] inputs)
    {
        using OnnxSession session = OnnxSession.Load(path, new OnnxOptions { Threads = 1 });
        var fed = inputs.ToDictionary(input => input.Name, input => OnnxTensors.From(input.Value.contiguous()));
        using OnnxValues results = session.Run(fed);
        Tensor[] outputs = [.. session.Outputs.Select(output => results[output.Name].ToTorch().clone())];
        foreach (OrtValue tensor in fed.Values)
            tensor.Dispose();
        return outputs;
    }

    public static T InFolder<T>(Func<string, T> use)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("onnx-graph");
        try
        {
            return use(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static OnnxType TypeOf(Tensor value) =>
        Enum.GetValues<OnnxType>().Single(type => type.Torch() == value.dtype);

    public static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        if (expected.numel() > 0)
            Assert.InRange((expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs().max().item<double>(),
                0, tolerance);
    }
}
