using Vlm.Generation;
using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>Codes chosen by a graph, against the engine's distribution and sample.</summary>
public class CodeSamplingGraphTests
{
    private const int Rows = 200, Codes = 9;

    public static TheoryData<double, int, double, double> Filters => new()
    {
        { 1, 0, 1, 0 },
        { 0.7, 0, 1, 0 },
        { 1.5, 4, 1, 0 },
        { 1.5, 40, 1, 0 },           // more than there are
        { 1, 0, 0.6, 0 },
        { 1, 0, 0.01, 0 },           // the most probable alone
        { 2, 0, 1, 0.3 },
        { 1.3, 6, 0.8, 0.1 },
        { 1e-5, 0, 1, 0 },           // all but greedy
    };

    // 200 rows of logits two apart on average, each with its own number.
    [Theory]
    [MemberData(nameof(Filters))]
    public void Draws_are_those_of_the_engine(double temperature, int topK, double topP, double minP)
    {
        using var generator = new Generator(3);
        Tensor logits = randn(Rows, Codes, generator: generator) * 2, uniforms = rand(Rows, generator: generator);
        var sampling = new Sampling { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        Tensor expected = TokenDistribution.Sample(TokenDistribution.LogProbs(logits, sampling, null), uniforms);

        long[] given = Run(logits, OnnxCodeTensors.Sampled(uniforms, sampling));

        Assert.Equal(expected.data<long>().ToArray(), given);
        Assert.InRange(given.Distinct().Count(), 3, Codes);
    }

    [Fact]
    public void Without_inputs_the_likeliest_are_taken_and_given_codes_come_before_numbers()
    {
        Tensor logits = tensor(new float[] { 0, 2, 1, 3, 2, 1, 0, 0, 5 }).view(3, 3);

        Assert.Equal([1, 0, 2], Run(logits, OnnxCodeTensors.MostProbable));
        Assert.Equal([2, 0, 0], Run(logits, OnnxCodeTensors.Taken(tensor(new long[] { 2, -1, 0 }).unsqueeze(1))));
        Assert.Equal([1, 1, 1], Run(logits, OnnxCodeTensors.Taken(tensor(new long[] { 1 }).unsqueeze(1))));
        // A row below 0 is not sampled. 1, to which a number just below it may round, is of the last code.
        Assert.Equal([0, 0, 2], Run(logits, OnnxCodeTensors.Sampled(tensor(new float[] { 0, -1, 1 }), new Sampling())));
        var both = new Dictionary<string, Tensor>(OnnxCodeTensors.Sampled(tensor(new float[] { 0, 0, 0 }), new Sampling()))
        {
            [OnnxCodeTensors.Code] = tensor(new long[] { -1, 2, -1 }).unsqueeze(1),
        };
        Assert.Equal([0, 2, 0], Run(logits, both));
    }

    // [N, K] read as [N, 1, K].
    private static long[] Run(Tensor logits, IReadOnlyDictionary<string, Tensor> choice)
    {
        var graph = new OnnxGraph("codes");
        OnnxValue given = graph.Input("logits", OnnxType.Float, "batch_size", "num_logits", logits.shape[1]);
        graph.Output("codes", CodeSamplingGraph.Of(graph, given));
        Tensor codes = GraphRun.Run(graph, [("logits", logits.unsqueeze(1)), .. choice.Select(item => (item.Key, item.Value))])[0];
        Assert.Equal([logits.shape[0], 1], codes.shape);
        return codes.data<long>().ToArray();
    }
}
