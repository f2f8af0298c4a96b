using TorchSharp.Modules;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>The inverse model sees one token ahead and no more. T5 to T7 and S1 of the method's test plan.</summary>
public class InverseTests
{
    private const int Tokens = 7;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_token_changes_the_codes_from_the_one_before_it_on_and_none_earlier(int j)
    {
        (_, LatentModules modules) = Create();
        Rope rope = RopeFor(2, Tokens, 6);
        Tensor states = Normal(1, 2, Tokens, 24), other = states.clone();
        other.select(1, j).add_(Normal(2, 2, 24));

        using var off = no_grad();
        Tensor moved = (Ahead(states) - Ahead(other)).abs().amax([0, 2]);                         // [L]

        float[] each = moved.data<float>().ToArray();
        Assert.All(each[..(j - 1)], value => Assert.Equal(0, value, 1e-6f));
        Assert.All(each[(j - 1)..], value => Assert.True(value > 1e-4f, $"{value}"));

        Tensor Ahead(Tensor x) => StageCodes.InverseLogits(modules, new LatentView(x, rope), [Tokens, Tokens]);
    }

    [Fact]
    public void Looking_ahead_moves_rows_up_and_repeats_the_last_one()
    {
        Tensor logits = Normal(3, 2, 5, 4);

        Tensor ahead = InverseDynamics.LookAhead(logits);

        Assert.True(Same(ahead.narrow(1, 0, 4), logits.narrow(1, 1, 4)));
        Assert.True(Same(ahead.select(1, 4), ahead.select(1, 3)));
        Assert.True(Same(InverseDynamics.LookAhead(logits.narrow(1, 0, 1)), logits.narrow(1, 0, 1)));
    }

    // The same five states alone, and behind two columns of padding that hold large nonsense.
    [Fact]
    public void Padding_on_the_left_changes_no_real_row()
    {
        (_, LatentModules modules) = Create();
        Tensor states = Normal(4, 1, 5, 24), longer = Normal(5, 1, Tokens, 24);
        Rope alone = RopeFor(1, 5, 6);
        Tensor padded = cat([full([1, 2, 24], 100f), states], 1);
        var behind = new Rope(
            cat([alone.Cos.narrow(1, 0, 2), alone.Cos], 1), cat([alone.Sin.narrow(1, 0, 2), alone.Sin], 1));
        Rope full7 = RopeFor(1, Tokens, 6);

        using var off = no_grad();
        Tensor expected = StageCodes.InverseLogits(modules, new LatentView(states, alone), [5]);
        Tensor batch = StageCodes.InverseLogits(modules, new LatentView(cat([padded, longer], 0),
            new Rope(cat([behind.Cos, full7.Cos], 0), cat([behind.Sin, full7.Sin], 0))), [5, Tokens]);

        Assert.True(batch[0].narrow(0, 2, 5).allclose(expected[0], rtol: 0, atol: 1e-5));
        Assert.True(batch.isfinite().all().item<bool>());
        Assert.True(Same(batch[0, 6], batch[0, 5]));
    }

    // A base that knows nothing and says so aloud, words that follow one another by a rule or by chance, a code for
    // each
    // and four to spare.
    [Fact]
    public void Codes_inferred_from_the_next_token_leave_nothing_to_guess()
    {
        (SmolVlmModel model, LatentModules modules) = Create(Config with { Codes = 16, InverseLayers = 1 });
        var objective = new LatentObjective { Entropy = 0 };
        Descend([.. LatentStages.SetTrainable(LatentStage.Inverse, modules, model).Select(item => item.Value)], 400, 1e-2,
            step => LatentStages.Inverse(modules, model, Corpus(model, step), objective, Noise(step)).Loss);

        CodeCosts costs = LatentDiagnostics.Of(
            modules, model, Corpus(model, 1000), objective, new RandomStream(1, "codes")).Costs;

        Assert.True(costs.Inverse < 0.2, $"{costs}");
        Assert.True(costs.Random > costs.Inverse + 3, $"{costs}");
    }

    // Of 12 words one follows each half of the time, and any as likely otherwise: entropy 1.79, which the base has
    // learned.
    // Its output layer and final norm stay as they were, loud: what the delta leaves cannot be louder than they let it.
    // Codes that know the next token beat the base, random ones are worse than none, and those of the policy, which
    // can be
    // right half of the time, are in between.
    [Fact]
    public void Codes_of_hindsight_beat_the_base_and_random_ones_are_worse_than_none()
    {
        (SmolVlmModel model, LatentModules modules) =
            Create(Config with { Codes = 16, InverseLayers = 1, PolicyLayers = 1 });
        var objective = new LatentObjective { Entropy = 0 };
        Descend([.. model.Parameters.Where(item =>
            item.Name is not ("lm_head.weight" or "model.text_model.norm.weight"))
            .Select(item => item.Value)], 300, 1e-2, step => Unaided(model, step));
        Train(LatentStage.Inverse, 400,
            step => LatentStages.Inverse(modules, model, Corpus(model, step), objective, Noise(step)).Loss);
        Train(LatentStage.Cloning, 150,
            step => LatentStages.Cloning(modules, model, Corpus(model, step), null, objective).Loss);

        LatentReport report = LatentDiagnostics.Of(
            modules, model, Corpus(model, 1000), objective, new RandomStream(1, "codes"));

        (double inverse, double policy, double random, double unaided) =
            (report.Costs.Inverse, report.Costs.Policy, report.Costs.Random, report.Costs.Base);
        string all = string.Join(", ", report.Named().Select(item => $"{item.Name} {item.Value:0.000}"));
        Assert.InRange(unaided, 1.6, 2.6);
        Assert.True(inverse < unaided - 1, all);                                                     // S1
        Assert.True(random > unaided + 1, all);
        Assert.True(policy > inverse + 1 && policy < random - 1, all);
        Assert.True(report.Costs.Constant > inverse + 1, all);
        Assert.True(report.Usage.Used > 16 / 4, all);                                             // S1
        Assert.True(report.CloningAccuracy > report.Usage.MostFrequentShare + 0.1, all);                   // S3
        Assert.True(report.DistinctTokens > 4, all);

        void Train(LatentStage stage, int steps, Func<int, Tensor> loss) =>
            Descend([.. LatentStages.SetTrainable(stage, modules, model).Select(item => item.Value)], steps, 1e-2, loss);
    }

    private static void Descend(Parameter[] learning, int steps, double rate, Func<int, Tensor> loss)
    {
        using var optimizer = optim.AdamW(learning, rate, weight_decay: 0);
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss(step).backward();
            optimizer.step();
        }
    }

    private static Tensor Unaided(SmolVlmModel model, int step)
    {
        Prompt[] lines = Lines(step);
        Tensor labels = LatentRows.LabelsOf(lines, []);
        Tensor places = LatentLosses.Places(labels.ge(0).logical_and(arange(10).lt(9)));
        Tensor hidden = model.Prefill(lines, new KvCache(model.Layers)).Hidden;
        return LatentLosses.CrossEntropy(
            model.Logits(LatentLosses.At(hidden, places)), LatentLosses.Following(labels, places));
    }

    private static LatentRows Corpus(SmolVlmModel model, int step) =>
        LatentRows.Read(model, Lines(step), [TinyModel.Image], LatentViews.Both);

    // 8 lines of 10 words from 12, tokens 2 to 13.
    private static Prompt[] Lines(int step)
    {
        var random = new RandomStream(4, "words", step);
        return [.. Enumerable.Range(0, 8).Select(i =>
        {
            var words = new int[10];
            words[0] = random.Next(12);
            for (int t = 1; t < words.Length; t++)
                words[t] = random.Next(2) == 0 ? (5 * words[t - 1] + 7) % 12 : random.Next(12);
            return new Prompt($"{i}", "", [.. words.Select(word => word + 2)], null, []);
        })];
    }
}
