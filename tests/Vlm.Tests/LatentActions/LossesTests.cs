using TorchSharp.Modules;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>
/// Masks, sums of terms, and where gradients stop. T13 and traps 8, 15 and 16 of the method's test plan.
/// </summary>
public class LossesTests
{
    private const long No = LatentLosses.Ignored;

    // Two columns of padding; an image of one at column 4.
    //   labels     -  -  5  7  -  8  9
    //   shifted    .  .  y  .  y  y  .      the next column has a label; the padding before the first token does not
    // count
    //   unshifted  .  .  y  y  .  y  y
    [Fact]
    public void Positions_count_by_the_next_label_or_as_released_by_their_own()
    {
        Tensor labels = tensor(new[] { No, No, 5, 7, No, 8, 9, 1, 2, 3, 4, 5, 6, 7 }).view(2, 7);

        Tensor shifted = LatentLosses.Valid(labels, [5, 7], ValidPositions.Shifted);
        Tensor unshifted = LatentLosses.Valid(labels, [5, 7], ValidPositions.Unshifted);

        Assert.Equal("..y.yy.yyyyyy.", Marks(shifted));
        Assert.Equal("..yy.yyyyyyyyy", Marks(unshifted));
        Tensor places = LatentLosses.Places(shifted);
        Assert.Equal([7, 8, 9, 2, 3, 4, 5, 6, 7], LatentLosses.Following(labels, places).data<long>().ToArray());

        static string Marks(Tensor mask) => string.Concat(mask.data<bool>().ToArray().Select(on => on ? 'y' : '.'));
    }

    [Fact]
    public void A_batch_without_labels_is_refused()
    {
        Tensor labels = full([2, 4], No, dtype: ScalarType.Int64);

        var error = Assert.Throws<ArgumentException>(() =>
            LatentLosses.Places(LatentLosses.Valid(labels, [4, 4], ValidPositions.Shifted)));

        Assert.Contains("no position of the batch has a label", error.Message, StringComparison.Ordinal);
    }

    // -ln softmax([0, ln 3])[0] = ln 4; of [1] ln(4/3); mean (1.386294 + .287682) / 2 = .836988. In float32 from half.
    [Fact]
    public void Cross_entropy_is_a_mean_in_float32()
    {
        Tensor logits = tensor(new double[] { 0, Math.Log(3), 0, Math.Log(3) }).view(2, 2);

        Tensor loss = LatentLosses.CrossEntropy(logits, tensor(new long[] { 0, 1 }));

        Assert.Equal(0.836988, Number(loss), 1e-6);
        Assert.Equal(ScalarType.Float32,
            LatentLosses.CrossEntropy(logits.to(ScalarType.BFloat16), tensor(new long[] { 0, 1 })).dtype);
    }

    // States, labels and rotation of one row, alone or as the first of a batch behind padding full of nonsense.
    [Theory]
    [InlineData(ValidPositions.Shifted)]
    [InlineData(ValidPositions.Unshifted)]
    public void Padding_reaches_neither_losses_nor_gradients(ValidPositions valid)
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        LatentRows rows = Paired(model);                                                          // 7 and 9 tokens
        var objective = new LatentObjective { Valid = valid };
        (double[] losses, double[] gradients) = Run(rows);

        LatentRows soiled = rows with { TextOnly = Soiled(rows.TextOnly!), WithImage = Soiled(rows.WithImage!) };
        (double[] others, double[] otherGradients) = Run(soiled);

        Assert.All(losses.Concat(gradients), value => Assert.True(double.IsFinite(value)));
        for (int i = 0; i < losses.Length; i++)
            Assert.Equal(losses[i], others[i], 1e-5 * Math.Max(1, Math.Abs(losses[i])));
        for (int i = 0; i < gradients.Length; i++)
            Assert.Equal(gradients[i], otherGradients[i], 1e-4 * Math.Max(1, Math.Abs(gradients[i])));
        Assert.True(gradients.Count(value => value > 0) > 30, "hardly anything learns");

        (double[], double[]) Run(LatentRows batch)
        {
            LatentStages.SetTrainable(LatentStage.Joint, modules, model);
            foreach (Parameter value in modules.parameters())
                value.grad = null;
            (Tensor loss, LatentParts parts) = LatentStages.Joint(modules, model, batch, null, objective, Noise());
            (Tensor cloned, _) = LatentStages.Cloning(modules, model, batch, null, objective);
            loss.backward();
            return ([.. parts.Named().Select(item => Number(item.Value)), Number(cloned)],
                [.. modules.parameters().Select(value => value.grad is { } g ? Number(g.norm()) : 0)]);
        }

        static LatentView Soiled(LatentView view)
        {
            Tensor states = view.States.clone();
            states[0].narrow(0, 0, 2).fill_(1e6);
            return view with { States = states };
        }
    }

    // The table of section 4.2, row by row: which parts a term teaches. Everything that may learn is open, and the
    // base too.
    [Theory]
    [InlineData("ce_paired", "inverse codebook world")]
    [InlineData("ce_text", "inverse codebook world")]
    [InlineData("entropy_paired", "inverse")]
    [InlineData("entropy_text", "inverse")]
    [InlineData("projection", "to_paired.mean to_paired.log_variance to_text.mean to_text.log_variance")]
    [InlineData("cycle", "to_paired.mean to_text.mean to_text.log_variance")]
    [InlineData("clone_paired", "policy")]
    [InlineData("clone_text", "policy")]
    public void Each_term_teaches_what_the_table_says_and_nothing_else(string term, string taught)
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        foreach (Parameter value in modules.parameters().Concat(model.Parameters.Select(item => item.Value)))
            value.requires_grad = true;
        (LatentRows paired, LatentRows text) = (Live(Paired(model)), Live(TextAlone(model)));

        LatentParts joint = LatentStages.Joint(modules, model, paired, text, new LatentObjective(), Noise()).Parts;
        LatentParts cloning = LatentStages.Cloning(modules, model, paired, text, new LatentObjective()).Parts;
        joint.Named().Concat(cloning.Named()).Single(item => item.Name == term).Value.backward();

        string[] parts = ["inverse", "codebook", "world", "policy", "to_paired.mean", "to_paired.log_variance",
            "to_text.mean", "to_text.log_variance"];
        Assert.Equal(taught, string.Join(' ', parts.Where(part => modules.named_parameters()
            .Any(item => item.name.StartsWith(part, StringComparison.Ordinal) && Learns(item.parameter)))));
        Assert.All(new[] { paired.WithImage!, paired.TextOnly!, text.TextOnly! }, view => Assert.False(Learns(view.States)));

        static bool Learns(Tensor value) => value.grad is { } grad && grad.abs().max().item<float>() > 0;
    }

    [Theory]
    [InlineData(LatentStage.Inverse, "codebook inverse world")]
    [InlineData(LatentStage.Cycle, "to_paired to_text")]
    [InlineData(LatentStage.Joint, "codebook inverse to_paired to_text world")]
    [InlineData(LatentStage.Cloning, "policy")]
    [InlineData(LatentStage.Task, "")]
    public void A_stage_opens_its_own_modules_and_holds_the_base(LatentStage stage, string open)
    {
        (SmolVlmModel model, LatentModules modules) = Create();

        IReadOnlyList<(string Name, Parameter Value)> learning = LatentStages.SetTrainable(stage, modules, model);

        string[] expected = open.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected,
            learning.Select(item => item.Name.Split('.')[0]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(modules.named_parameters(), item =>
            Assert.Equal(expected.Contains(item.name.Split('.')[0]), item.parameter.requires_grad));
        Assert.All(model.Parameters, item => Assert.Equal(stage == LatentStage.Task, item.Value.requires_grad));
    }

    // CE_TV + CE_T + w (L1 + L3) + w_e (E_TV + E_T), the weights chosen so that no two terms can be taken for each
    // other.
    [Fact]
    public void The_joint_loss_is_its_parts_by_their_weights()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        var objective = new LatentObjective { Entropy = 0.3, Projection = 0.7, Cycle = 0.11 };

        (Tensor loss, LatentParts p) =
            LatentStages.Joint(modules, model, Paired(model), TextAlone(model), objective, Noise());

        double expected = Number(p.PairedTokens!) + Number(p.TextTokens!) + 0.7 * Number(p.Projection!)
            + 0.11 * Number(p.Cycle!) + 0.3 * (Number(p.PairedEntropy!) + Number(p.TextEntropy!));
        Assert.Equal(expected, Number(loss), 1e-5);
        Assert.Equal(6, p.Named().Select(item => Math.Round(Number(item.Value), 4)).Distinct().Count());
        Assert.InRange(Number(p.TextEntropy!), -Math.Log(Codes), 0);
    }

    [Fact]
    public void What_an_ablation_leaves_out_is_not_there()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        (LatentRows paired, LatentRows text) = (Paired(model), TextAlone(model));

        Assert.Equal("ce_paired ce_text entropy_paired entropy_text projection", Terms(text, new() { Cycle = 0 }));
        Assert.Equal("ce_paired ce_text entropy_paired entropy_text", Terms(text, new() { ProjectText = false }));
        Assert.Equal("ce_paired entropy_paired projection", Terms(null, new()));

        string Terms(LatentRows? half, LatentObjective objective) => string.Join(' ',
            LatentStages.Joint(modules, model, paired, half, objective, Noise())
                .Parts.Named().Select(item => item.Name));
    }

    // Text's states enter through the projector: with another projector its terms differ, and without one they do not.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Text_enters_projected_unless_told_otherwise(bool project)
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        var objective = new LatentObjective { ProjectText = project };
        double before = Loss();

        using (no_grad())
            foreach (Parameter value in modules.ToPaired.parameters())
                value.mul_(2);

        Assert.Equal(project, Math.Abs(Loss() - before) > 1e-4);

        double Loss() => Number(LatentStages.Joint(modules, model, Paired(model), TextAlone(model), objective, Noise())
            .Parts.TextTokens!);
    }

    // Two rows read together cost what they cost apart, weighted by the labels they have.
    [Fact]
    public void Rows_side_by_side_cost_what_they_cost_alone()
    {
        (SmolVlmModel model, LatentModules modules) = Create();
        Prompt[] prompts = [Generation.TinyModel.Prompts(4)[1], Generation.TinyModel.Prompts(4)[3]];

        (double both, long together) = Cost(prompts);
        (double first, long one) = Cost(prompts[0]);
        (double second, long two) = Cost(prompts[1]);

        Assert.Equal((3 + 5, 3L, 5L), (together, one, two));                                      // 4 and 6 tokens
        Assert.Equal((3 * first + 5 * second) / 8, both, 1e-5);

        (double, long) Cost(params Prompt[] some)
        {
            LatentRows rows = LatentRows.Read(model, some, [Generation.TinyModel.Image], LatentViews.TextOnly);
            LatentReport report = LatentDiagnostics.Of(
                modules, model, rows, new LatentObjective(), new RandomStream(1, "codes"));
            return (report.Costs.Inverse, report.Positions);
        }
    }

    private static LatentRows Live(LatentRows rows) => rows with
    {
        TextOnly = Live(rows.TextOnly!),
        WithImage = rows.WithImage is null ? null : Live(rows.WithImage),
    };

    private static LatentView Live(LatentView view) =>
        view with { States = view.States.detach().clone().requires_grad_() };
}
