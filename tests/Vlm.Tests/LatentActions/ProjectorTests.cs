using TorchSharp.Modules;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Parity;
using Vlm.Testing;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>Projectors, their likelihood and their cycle. T11, T12, T14 and S2 of the method's test plan.</summary>
public class ProjectorTests
{
    // 1 exp(0) + 0 = 1; 4 exp(-.5) + .5 = 2.926123; sum 3.926123, mean 1.963061. The second token is not counted.
    [Theory]
    [InlineData(WidthReduction.Sum, 3.926123)]
    [InlineData(WidthReduction.Mean, 1.963061)]
    public void The_likelihood_is_a_mean_over_the_tokens_that_count(WidthReduction width, double expected)
    {
        var states = new ProjectedState(
            tensor(new double[] { 1, 2, 7, double.NaN }).view(1, 2, 2),
            tensor(new double[] { 0, 0.5, 9, 9 }).view(1, 2, 2));

        Tensor loss = LatentLosses.GaussianNll(
            states, zeros(1, 2, 2, dtype: ScalarType.Float64), tensor(new[] { true, false }).view(1, 2), width);

        Assert.Equal(expected, Number(loss), 1e-6);
        Assert.Equal(ScalarType.Float64, loss.dtype);
    }

    // A weight on the sum is H times that weight on the mean: here H = 24, at the released width 2048.
    [Fact]
    public void The_released_weight_of_a_sum_is_the_default_weight_of_a_mean()
    {
        var clean = new LatentObjective();
        var released = new LatentObjective { Projection = 1e-5, Cycle = 1e-5, Width = WidthReduction.Sum };
        var states = new ProjectedState(Normal(1, 2, 3, 2048), Normal(2, 2, 3, 2048).tanh());
        (Tensor targets, Tensor valid) = (Normal(3, 2, 3, 2048), ones(2, 3, dtype: ScalarType.Bool));

        double Of(LatentObjective objective) =>
            objective.Projection * Number(LatentLosses.GaussianNll(states, targets, valid, objective.Width));

        Assert.Equal(Of(released), Of(clean), 1e-6);
        Assert.True(Of(clean) > 0.02, "the test would pass on zeros");
        Assert.Equal((clean.Projection, released.Projection), (clean.Cycle, released.Cycle));
    }

    // tanh(x / 1000) is x / 1000 but for x^3 / 3e9; the second layer times 1000 and, on the way back, the inverse
    // matrix.
    // Half of the width passes the middle layer, so states lie in the first half of the dimensions.
    [Fact]
    public void There_and_back_costs_nothing_where_one_projector_undoes_the_other()
    {
        (_, LatentModules modules) = Create();
        Tensor to = eye(12) + 0.1 * Normal(4, 12, 12), back = linalg.inv(to);
        Linear(modules.ToPaired, "mean", to);
        Linear(modules.ToText, "mean", back);
        Flat(modules.ToText, 0);
        Tensor text = cat([Normal(5, 2, 3, 12), zeros(2, 3, 12)], -1), valid = ones(2, 3, dtype: ScalarType.Bool);

        using var off = no_grad();
        Assert.Equal(0, Number(LatentLosses.CycleConsistency(
            modules.ToPaired, modules.ToText, text, valid, WidthReduction.Sum)), 1e-4);
        Assert.True((modules.ToPaired.Mean(text) - text).abs().max().item<float>() > 0.1, "P is the identity");

        Flat(modules.ToText, -20);      // the log variance at its floor, tanh(-20) = -1: -H in sum, -1 in mean
        Assert.Equal(-24, Number(LatentLosses.CycleConsistency(
            modules.ToPaired, modules.ToText, text, valid, WidthReduction.Sum)), 1e-3);
        Assert.Equal(-1, Number(LatentLosses.CycleConsistency(
            modules.ToPaired, modules.ToText, text, valid, WidthReduction.Mean)), 1e-4);
    }

    // The paired states are the text's, turned by a matrix: 60 steps bring their cosine from that of strangers near 1.
    [Fact]
    public void Projected_text_comes_to_point_where_its_pair_does()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        Tensor turn = Normal(6, 24, 24) / Math.Sqrt(24);
        LatentRows rows = Turned(LatentToy.Paired(model), turn);
        Parameter[] learning = [.. LatentStages.SetTrainable(LatentStage.Cycle, modules, model).Select(item => item.Value)];
        using var optimizer = optim.AdamW(learning, 1e-2, weight_decay: 0);
        double before = Report(modules, model, rows).ProjectedCosine!.Value;

        for (int step = 0; step < 60; step++)
        {
            optimizer.zero_grad();
            LatentStages.Cycle(modules, rows, new LatentObjective()).Loss.backward();
            optimizer.step();
        }

        LatentReport after = Report(modules, model, rows);
        Assert.True(after.ProjectedCosine > after.RawCosine + 0.3, $"{after.ProjectedCosine} over {after.RawCosine}");
        Assert.True(after.ProjectedCosine > before + 0.3, $"{after.ProjectedCosine} from {before}");
        Assert.InRange(after.RawCosine!.Value, -1, 0.5);
    }

    public static TheoryData<string> Folders() =>
        ["tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl"];

    // Two prompts of unequal length: read without pixels, they keep their tokens, and so their columns, and only lose the image.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Pairs_have_the_same_columns_seen_and_blind(string folder)
    {
        string path = Fixtures.PathOf(folder);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        IVisionLanguageModel model = VlmCheckpoint.Load(path, CPU).Model;
        using var recording = ParityCase.Open(Path.Combine(path, "case_b_batch_leftpad.safetensors"));
        Prompt[] prompts = recording.Prompts(model.ImageToken);

        LatentRows rows = LatentRows.Read(model, prompts, [model.ImageToken], LatentViews.Both);

        Assert.Equal(prompts.Select(prompt => prompt.Tokens.Length), rows.Lengths);
        Assert.Equal(rows.WithImage!.States.shape, rows.TextOnly!.States.shape);
        Assert.Equal(rows.Labels.shape, rows.TextOnly!.States.shape[..2]);
        Assert.Equal(
            prompts.Sum(prompt => prompt.Tokens.Count(token => token != model.ImageToken)),
            rows.Valid(ValidPositions.Unshifted).sum().item<long>());
        // Before the first image nothing differs; behind it everything does.
        Tensor apart = (rows.WithImage.States - rows.TextOnly!.States).abs().amax([-1]);                   // [P, L]
        foreach ((int row, Prompt prompt) in prompts.Index())
        {
            long start = rows.Labels.shape[1] - prompt.Tokens.Length;
            int image = Array.IndexOf(prompt.Tokens, model.ImageToken);
            Assert.True(image > 0, "the prompt begins with its image");
            Assert.Equal(0, apart[row].narrow(0, start, image).max().item<float>(), 1e-5f);
            Assert.True(apart[row, -1].item<float>() > 1e-4f, $"the last state of row {row} does not see");
        }
    }

    // SmolVLM's positions are those of text in both passes: with the placeholder's own embedding for the image's
    // vectors,
    // which a connector of zeros with that bias would give, with image and text-only are one computation. Here the whole
    // embedding row
    // is zero, and so are the connector's vectors.
    [Fact]
    public void An_image_that_looks_like_its_placeholder_changes_nothing()
    {
        (SmolVlmModel model, _) = Create();
        Assert.True(Apart(model) > 1e-3, "the image makes no difference in the first place");

        using (no_grad())
            foreach ((string name, Parameter value) in model.Parameters)
                if (name.StartsWith("model.connector", StringComparison.Ordinal))
                    value.zero_();
                else if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
                    value[Generation.TinyModel.Image].zero_();

        Assert.Equal(0, Apart(model), 1e-6);

        static double Apart(SmolVlmModel model)
        {
            LatentRows rows = LatentToy.Paired(model);
            return Number((rows.WithImage!.States - rows.TextOnly!.States).abs().max());
        }
    }

    private static LatentRows Turned(LatentRows rows, Tensor turn) => rows with
    {
        WithImage = rows.WithImage! with { States = rows.TextOnly!.States.matmul(turn) },
    };

    private static LatentReport Report(LatentModules modules, SmolVlmModel model, LatentRows rows) =>
        LatentDiagnostics.Of(modules, model, rows, new LatentObjective(), new RandomStream(1, "codes"));

    private static void Linear(CrossModalProjector projector, string net, Tensor matrix)
    {
        using var off = no_grad();
        foreach ((string name, Parameter value) in projector.named_parameters())
            if (name.StartsWith(net, StringComparison.Ordinal))
                value.zero_();
        Weight(projector, $"{net}.0.weight").narrow(1, 0, 12).copy_(eye(12) / 1000);
        Weight(projector, $"{net}.2.weight").narrow(0, 0, 12).copy_(matrix * 1000);
    }

    private static void Flat(CrossModalProjector projector, double logit)
    {
        using var off = no_grad();
        Weight(projector, "log_variance.2.weight").zero_();
        Weight(projector, "log_variance.2.bias").fill_(logit);
    }

    private static Parameter Weight(CrossModalProjector projector, string name) =>
        projector.named_parameters().Single(item => item.name == name).parameter;
}
