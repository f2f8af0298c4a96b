using TorchSharp.Modules;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>
/// The policy copies the inverse model, and the task teaches the base. T15 and S3 of the method's test plan.
/// </summary>
public class CloningTests
{
    // The inverse model's own logits, louder and louder: nothing is left to learn. Against the logits that are not moved
    // ahead,
    // louder is worse.
    [Fact]
    public void The_inverse_models_own_logits_cost_nothing_once_they_are_certain()
    {
        Tensor logits = Normal(1, 2, 6, 5), ahead = InverseDynamics.LookAhead(logits);
        Tensor codes = LatentLosses.PseudoLabels(ahead).flatten();

        double[] costs = [.. new[] { 1.0, 10, 100, 1000 }.Select(scale => Number(
            LatentLosses.CrossEntropy((ahead * scale).flatten(0, 1), codes)))];

        Assert.True(costs[0] > 0.5 && costs[3] < 1e-3, string.Join(", ", costs));
        Assert.Equal(costs, costs.OrderDescending());
        Assert.True(Number(LatentLosses.CrossEntropy((logits * 1000).flatten(0, 1), codes)) > 100);
        Assert.Equal(2, codes.view(2, 6)[0].eq(codes.view(2, 6)[0, 5]).narrow(0, 4, 2).sum().item<long>());
    }

    // A policy that is the inverse model itself would agree with it one column on: targets are those of the next
    // column.
    [Fact]
    public void The_policy_is_taught_the_code_that_the_next_state_tells()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        LatentRows rows = TextAlone(model);
        LatentView view = StageCodes.AsPaired(modules, rows, new LatentObjective());
        using var off = no_grad();
        Tensor inverse = modules.Inverse.Logits(
            modules.Inverse.Prefill(view.States, view.Rope, rows.Lengths, new KvCache(2))).argmax(-1);
        Tensor policy = StageCodes.PolicyLogits(modules, view, rows.Lengths).log_softmax(-1);

        // Rows of 4 and 6 tokens in 6 columns: columns 2 .. 4 of the first, 0 .. 4 of the second have a next one.
        (int Row, int Column)[] places = [(0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4)];
        double expected = -places.Average(at =>
            policy[at.Row, at.Column, inverse[at.Row, at.Column + 1].item<long>()].item<float>());
        LatentParts parts = LatentStages.Cloning(modules, model, Paired(model), rows, new LatentObjective()).Parts;

        Assert.Equal(expected, Number(parts.TextCloning!), 1e-5);
    }

    [Fact]
    public void Cloning_beats_always_answering_the_most_frequent_code()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        LatentRows rows = Paired(model);
        Parameter[] learning = [.. LatentStages.SetTrainable(LatentStage.Cloning, modules, model).Select(item => item.Value)];
        using var optimizer = optim.AdamW(learning, 3e-3, weight_decay: 0);
        for (int step = 0; step < 60; step++)
        {
            optimizer.zero_grad();
            LatentStages.Cloning(modules, model, rows, null, new LatentObjective()).Loss.backward();
            optimizer.step();
        }

        LatentReport report =
            LatentDiagnostics.Of(modules, model, rows, new LatentObjective(), new RandomStream(1, "codes"));

        Assert.True(report.CloningAccuracy > report.Usage.MostFrequentShare + 0.2,
            $"{report.CloningAccuracy} against {report.Usage.MostFrequentShare}");
        Assert.Equal(report.Usage.Used, report.PolicyUsage.Used);
    }

    // The codes are the most probable of one of the two, as constants; the world model and they hold still, the base learns: decoder,
    // norm, output layer.
    [Theory]
    [InlineData(ReadOut.Delta, TaskCodes.Inverse)]
    [InlineData(ReadOut.LastBlock, TaskCodes.Policy)]
    [InlineData(ReadOut.Residual, TaskCodes.Inverse)]
    public void The_task_teaches_the_base_through_codes_that_hold_still(ReadOut readOut, TaskCodes whose)
    {
        (SmolVlmModel model, LatentModules modules) = Create(Config with { ReadOut = readOut });
        LatentStages.SetTrainable(LatentStage.Task, modules, model);
        Prompt[] prompts = [TinyModel.Prompts(3)[0], TinyModel.Prompts(3)[2]];
        Prefilled read = model.Prefill(prompts, new KvCache(model.Layers));
        Tensor labels = LatentRows.LabelsOf(prompts, [TinyModel.Image]);

        Tensor loss = LatentStages.Task(
            modules, model, new LatentView(read.Hidden, read.Rope), labels, read.Lengths, whose).Loss;
        loss.backward();

        Assert.All(modules.parameters(), value => Assert.Null(value.grad));
        Assert.All(
            model.Parameters.Where(item => item.Name.Contains("text_model", StringComparison.Ordinal)
                || item.Name.StartsWith("lm_head", StringComparison.Ordinal)),
            item => Assert.True(item.Value.grad is { } grad && grad.abs().max().item<float>() > 0, item.Name));
        Assert.Equal(ByHand(), Number(loss), 1e-5);

        double ByHand()
        {
            using var off = no_grad();
            var view = new LatentView(read.Hidden, read.Rope);
            Tensor codes = (whose == TaskCodes.Policy ? StageCodes.PolicyLogits(modules, view, read.Lengths)
                : StageCodes.InverseLogits(modules, view, read.Lengths)).argmax(-1);
            Tensor read2 = modules.World.Forward(read.Hidden, modules.Codebook.Of(codes), model.Norm, readOut);
            Tensor logProbs = model.Logits(read2).log_softmax(-1);
            var terms = new List<double>();
            for (int row = 0; row < 2; row++)
                for (int t = (int)labels.shape[1] - read.Lengths[row]; t + 1 < labels.shape[1]; t++)
                    if (labels[row, t + 1].item<long>() is >= 0 and var next)
                        terms.Add(-logProbs[row, t, next].item<float>());
            return terms.Average();
        }
    }

    // 0 0 0 2 2 5 of 6 codes: shares 1/2, 1/3, 1/6; entropy .346574 + .366204 + .298627 = 1.011404
    [Fact]
    public void Usage_counts_codes()
    {
        var usage = CodeUsage.Of(tensor(new long[] { 0, 2, 0, 5, 2, 0 }), 6);

        Assert.Equal((3, 0), (usage.Used, usage.MostFrequentCode));
        Assert.Equal(1.011404, usage.Entropy, 1e-6);
        Assert.Equal(0.5, usage.MostFrequentShare, 1e-12);
    }

    // Counted one state and one code at a time.
    [Fact]
    public void Distinct_tokens_are_the_most_probable_of_each_code()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        using var off = no_grad();
        Tensor states = Normal(2, 4, 24);

        int[] counts = LatentDiagnostics.DistinctTokens(modules, model, states);

        int[] expected = [.. Enumerable.Range(0, 4).Select(row => Enumerable.Range(0, Codes).Select(code =>
            modules.Tokens(model, states[row].unsqueeze(0), tensor(new long[] { code }))
                .argmax().item<long>()).Distinct().Count())];
        Assert.Equal(expected, counts);
        Assert.True(counts.Distinct().Count() > 1, "all alike: the test could not tell rows apart");
    }
}
