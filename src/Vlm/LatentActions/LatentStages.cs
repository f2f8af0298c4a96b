using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>The stages codes are learned in; see <see cref="LatentProgress.Order"/>.</summary>
public enum LatentStage
{
    /// <summary>Inverse model, codebook and world model on pairs.</summary>
    Inverse,

    /// <summary>The projectors on pairs.</summary>
    Cycle,

    /// <summary>All of these on pairs and text alone.</summary>
    Joint,

    /// <summary>The policy, which copies the inverse model without looking ahead.</summary>
    Cloning,

    /// <summary>The base, on the task, under somebody's codes.</summary>
    Task,
}

/// <summary>Under whose codes the base learns the task.</summary>
public enum TaskCodes
{
    /// <summary>
    /// The inverse model's, and the policy copies them afterwards, from the states of the base that it will act on: as in
    /// https://arxiv.org/abs/2503.21383.
    /// </summary>
    Inverse,

    /// <summary>
    /// The policy's, which has copied them from the base as it was, as released with https://arxiv.org/abs/2601.07516: codes
    /// that miss the token teach the base to pass over codes, and states that move blind the policy.
    /// </summary>
    Policy,
}

/// <summary>The terms of a stage's loss before their weights; null where the stage has no such term.</summary>
public sealed record LatentParts
{
    /// <summary>Next-token cross-entropy on pairs, or of the task, in nats.</summary>
    public Tensor? PairedTokens { get; init; }

    /// <summary>Next-token cross-entropy on text alone, in nats.</summary>
    public Tensor? TextTokens { get; init; }

    /// <summary>Minus the codes' entropy on pairs, in nats.</summary>
    public Tensor? PairedEntropy { get; init; }

    /// <summary>Minus the codes' entropy on text alone, in nats.</summary>
    public Tensor? TextEntropy { get; init; }

    /// <summary>The projectors' likelihoods on pairs, both ways.</summary>
    public Tensor? Projection { get; init; }

    /// <summary>Cycle consistency on text alone.</summary>
    public Tensor? Cycle { get; init; }

    /// <summary>Cross-entropy of the policy and the inverse model's codes on pairs, in nats.</summary>
    public Tensor? PairedCloning { get; init; }

    /// <summary>Cross-entropy of the policy and the inverse model's codes on text alone, in nats.</summary>
    public Tensor? TextCloning { get; init; }

    /// <summary>[K] int64: how often the inverse model is surest of each code where pairs have labels; no term.</summary>
    public Tensor? CodeTimes { get; init; }

    /// <summary>The terms there are, by their names in logs.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Named() =>
    [
        .. new (string Name, Tensor? Value)[]
        {
            ("ce_paired", PairedTokens), ("ce_text", TextTokens), ("entropy_paired", PairedEntropy),
            ("entropy_text", TextEntropy), ("projection", Projection), ("cycle", Cycle),
            ("clone_paired", PairedCloning), ("clone_text", TextCloning),
        }.Where(item => item.Value is not null).Select(item => (item.Name, item.Value!)),
    ];
}

/// <summary>What each stage minimises, and what it trains.</summary>
/// <remarks>
/// Gradients stop as in the released code: states of the base are constants; projected text enters the inverse model
/// and the
/// world model as a constant, so that next tokens never train a projector.
/// </remarks>
public static class LatentStages
{
    /// <summary>
    /// Sets what learns: these modules of the stage, and nothing of the base unless it is the task's turn.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">
    /// The base; <see cref="LatentStage.Task"/> leaves it as it is, for the recipe to choose.
    /// </param>
    /// <returns>The latent parameters that learn, by name.</returns>
    public static IReadOnlyList<(string Name, Parameter Value)> Open(
        LatentStage stage, LatentModules modules, IVisionLanguageModel model)
    {
        foreach (Parameter value in modules.parameters())
            value.requires_grad = false;
        if (stage != LatentStage.Task)
            foreach ((_, Parameter value) in model.Parameters)
                value.requires_grad = false;

        string[] parts = Trained(stage);
        (string Name, Parameter Value)[] learning = [.. modules.named_parameters()
            .Where(item => parts.Contains(item.name.Split('.')[0])).Select(item => (item.name, item.parameter))];
        foreach ((_, Parameter value) in learning)
            value.requires_grad = true;
        return learning;
    }

    /// <summary>Stage 1: tokens through the codes that the inverse model tells from their future.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="objective">Weights and masks.</param>
    /// <param name="noise">A stream of this step's own.</param>
    public static (Tensor Loss, LatentParts Parts) Inverse(LatentModules modules, IVisionLanguageModel model,
        LatentRows paired, LatentObjective objective, RandomStream noise)
    {
        (Tensor tokens, Tensor entropy, Tensor times) =
            ThroughCodes(modules, model, paired, paired.Pictured, objective, noise);
        return (tokens + objective.Entropy * entropy,
            new LatentParts { PairedTokens = tokens, PairedEntropy = entropy, CodeTimes = times });
    }

    /// <summary>Stage 2: the projectors, both ways, on pairs.</summary>
    /// <inheritdoc cref="Inverse"/>
    public static (Tensor Loss, LatentParts Parts) Cycle(
        LatentModules modules, LatentRows paired, LatentObjective objective)
    {
        Tensor both = Pairs(modules, paired, objective);
        return (both, new LatentParts { Projection = both });
    }

    /// <summary>Stage 3: codes for pairs and for text alone, with the projectors kept honest.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="text">Text alone; null to learn without, which leaves out the cycle too.</param>
    /// <param name="objective">Weights and masks.</param>
    /// <param name="noise">A stream of this step's own.</param>
    public static (Tensor Loss, LatentParts Parts) Joint(LatentModules modules, IVisionLanguageModel model,
        LatentRows paired, LatentRows? text, LatentObjective objective, RandomStream noise)
    {
        (Tensor loss, LatentParts parts) = Inverse(modules, model, paired, objective, noise);
        if (objective.ProjectText)
        {
            Tensor both = Pairs(modules, paired, objective);
            (loss, parts) = (loss + objective.Projection * both, parts with { Projection = both });
        }
        if (text is null)
            return (loss, parts);

        (Tensor tokens, Tensor entropy, _) =
            ThroughCodes(modules, model, text, AsPaired(modules, text, objective), objective, noise);
        (loss, parts) = (loss + tokens + objective.Entropy * entropy,
            parts with { TextTokens = tokens, TextEntropy = entropy });
        if (!objective.ProjectText || objective.Cycle == 0)
            return (loss, parts);

        Tensor cycle = LatentLosses.ThereAndBack(modules.ToPaired, modules.ToText, text.Worded.States,
            text.Valid(objective.Valid), objective.Width);
        return (loss + objective.Cycle * cycle, parts with { Cycle = cycle });
    }

    /// <summary>Stage 4: the policy learns to foretell the inverse model's codes.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="text">Text alone, or null.</param>
    /// <param name="objective">Masks.</param>
    public static (Tensor Loss, LatentParts Parts) Cloning(
        LatentModules modules, LatentRows paired, LatentRows? text, LatentObjective objective)
    {
        Tensor pairs = Clone(modules, paired, paired.Pictured, objective);
        if (text is null)
            return (pairs, new LatentParts { PairedCloning = pairs });

        Tensor alone = Clone(modules, text, AsPaired(modules, text, objective), objective);
        return (pairs + alone, new LatentParts { PairedCloning = pairs, TextCloning = alone });
    }

    /// <summary>
    /// The task's tokens through the surest codes. The states carry gradients to the base, the codes none.
    /// </summary>
    /// <param name="modules">The latent modules, which <see cref="Open"/> holds still.</param>
    /// <param name="model">The base.</param>
    /// <param name="live">What the base, gradients on, makes of the sequences.</param>
    /// <param name="labels">[P, L]</param>
    /// <param name="lengths">P real lengths.</param>
    /// <param name="whose">Who tells the codes.</param>
    public static (Tensor Loss, LatentParts Parts) Task(LatentModules modules, IVisionLanguageModel model, LatentView live,
        Tensor labels, int[] lengths, TaskCodes whose = TaskCodes.Inverse)
    {
        Tensor places = LatentLosses.Places(LatentLosses.Valid(labels, lengths, ValidPositions.Shifted));
        Tensor codes = Chosen(modules, live, lengths, whose).flatten().index_select(0, places);
        Tensor logits = modules.Tokens(model, LatentLosses.At(live.States, places), modules.Codebook.Of(codes));
        Tensor tokens = LatentLosses.CrossEntropy(logits, LatentLosses.Following(labels, places));
        return (tokens, new LatentParts { PairedTokens = tokens });
    }

    /// <summary>Logits of the inverse model, one token ahead.</summary>
    /// <returns>[P, L, K]; the last column repeats the one before.</returns>
    public static Tensor Ahead(LatentModules modules, LatentView view, int[] lengths) =>
        InverseDynamics.LookAhead(LogitsOf(modules.Inverse, view, lengths));

    /// <summary>Logits of the policy.</summary>
    /// <returns>[P, L, K]</returns>
    public static Tensor Policy(LatentModules modules, LatentView view, int[] lengths) =>
        LogitsOf(modules.Policy, view, lengths);

    /// <summary>The code that one of the two is surest of at each position, without gradients. [P, L]</summary>
    public static Tensor Chosen(LatentModules modules, LatentView view, int[] lengths, TaskCodes whose)
    {
        using var off = no_grad();
        return (whose == TaskCodes.Policy ? Policy(modules, view, lengths) : Ahead(modules, view, lengths)).argmax(-1);
    }

    /// <summary>Text's states where their pair's would be, as constants.</summary>
    public static LatentView AsPaired(LatentModules modules, LatentRows text, LatentObjective objective)
    {
        using var off = no_grad();
        return objective.ProjectText
            ? text.Worded with { States = modules.ToPaired.Mean(text.Worded.States) } : text.Worded;
    }

    private static Tensor LogitsOf(CodeNetwork network, LatentView view, int[] lengths) => network.Logits(
        network.Prefill(view.States.detach(), view.Rope, lengths, new KvCache(network.Depth)));

    private static (Tensor Tokens, Tensor Entropy, Tensor Times) ThroughCodes(LatentModules modules, IVisionLanguageModel model,
        LatentRows rows, LatentView view, LatentObjective objective, RandomStream noise)
    {
        Tensor ahead = Ahead(modules, view, rows.Lengths);                                        // [P, L, K]
        Tensor gumbel = GumbelDraw.Noise(ahead.shape, noise.NextBits(), ahead.device);
        Tensor places = LatentLosses.Places(rows.Valid(ValidPositions.Shifted));
        Tensor logits = LatentLosses.At(ahead, places);                                           // [M, K]
        Tensor draws = GumbelDraw.StraightThrough(
            logits, LatentLosses.At(gumbel, places), modules.Config.Relaxation);                  // [M, K]
        Tensor read = modules.World.Forward(LatentLosses.At(view.States.detach(), places), modules.Codebook.Mix(draws),
            model.Norm, modules.Config.LearningReadOut);                                          // [M, H]
        Tensor tokens =
            LatentLosses.CrossEntropy(model.Logits(read), LatentLosses.Following(rows.Labels, places));
        Tensor entropy = LatentLosses.NegativeEntropy(
            LatentLosses.At(ahead, LatentLosses.Places(rows.Valid(objective.Valid))));
        return (tokens, entropy, LatentLosses.Times(logits));
    }

    private static Tensor Pairs(LatentModules modules, LatentRows paired, LatentObjective objective) =>
        LatentLosses.BothWays(modules.ToPaired, modules.ToText, paired.Worded.States, paired.Pictured.States,
            paired.Valid(objective.Valid), objective.Width);

    private static Tensor Clone(LatentModules modules, LatentRows rows, LatentView view, LatentObjective objective)
    {
        Tensor places = LatentLosses.Places(rows.Valid(objective.Valid));
        Tensor codes;
        using (no_grad())
            codes = LatentLosses.Teacher(LatentLosses.At(Ahead(modules, view, rows.Lengths), places));
        return LatentLosses.CrossEntropy(LatentLosses.At(Policy(modules, view, rows.Lengths), places), codes);
    }

    private static string[] Trained(LatentStage stage) => stage switch
    {
        LatentStage.Inverse => ["inverse", "codebook", "world"],
        LatentStage.Cycle => ["to_paired", "to_text"],
        LatentStage.Joint => ["inverse", "codebook", "world", "to_paired", "to_text"],
        LatentStage.Cloning => ["policy"],
        _ => [],
    };
}
