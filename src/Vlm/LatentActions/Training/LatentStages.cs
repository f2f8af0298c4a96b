using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What each stage minimises, and which parameters it trains.</summary>
/// <remarks>
/// Gradients stop as in the released code: the base's states are constants; projected text-only states enter the inverse
/// dynamics model and the world model as constants, so that next-token losses never train a projector.
/// </remarks>
public static class LatentStages
{
    /// <summary>Makes the stage's latent modules trainable and everything else not, but for the base in the task stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base. <see cref="LatentStage.Task"/> leaves it as it is; see <see cref="TaskParameters"/>.</param>
    /// <param name="objective">With a rate of the codes the joint stage trains the policy too; null for the defaults.</param>
    /// <returns>The trainable latent parameters by name.</returns>
    public static IReadOnlyList<(string Name, Parameter Value)> SetTrainable(
        LatentStage stage, LatentModules modules, IVisionLanguageModel model, LatentObjective? objective = null)
    {
        foreach (Parameter value in modules.parameters())
            value.requires_grad = false;
        if (stage != LatentStage.Task)
            foreach ((_, Parameter value) in model.Parameters)
                value.requires_grad = false;

        string[] trained = [.. TrainedModules(stage), .. stage == LatentStage.Joint && objective is { Rate: > 0 } ? ["policy"] : Array.Empty<string>()];
        (string Name, Parameter Value)[] parameters = [.. modules.named_parameters()
            .Where(item => trained.Contains(item.name.Split('.')[0])).Select(item => (item.name, item.parameter))];
        foreach ((_, Parameter value) in parameters)
            value.requires_grad = true;
        return parameters;
    }

    /// <summary>The loss of a stage that leaves the base as it is.</summary>
    /// <param name="stage">Any but <see cref="LatentStage.Task"/>.</param>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs, with the views of <see cref="LatentStageViews.OfPairs"/>.</param>
    /// <param name="text">Text-only data for joint and cloning; null without.</param>
    /// <param name="objective">Weights and masks.</param>
    /// <param name="noise">A random stream of this step's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The task stage, which has <see cref="Task"/>.</exception>
    public static (Tensor Loss, LatentParts Parts) Loss(LatentStage stage, LatentModules modules,
        IVisionLanguageModel model, LatentRows paired, LatentRows? text, LatentObjective objective, RandomStream noise) =>
        stage switch
        {
            LatentStage.Inverse => Inverse(modules, model, paired, objective, noise),
            LatentStage.Cycle => Cycle(modules, paired, objective),
            LatentStage.Joint => Joint(modules, model, paired, text, objective, noise),
            LatentStage.Cloning => Cloning(modules, model, paired, text, objective),
            _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "the task stage trains the base"),
        };

    /// <summary>Inverse: next tokens through the codes that the inverse dynamics model infers.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="objective">Weights and masks.</param>
    /// <param name="noise">A random stream of this step's own.</param>
    public static (Tensor Loss, LatentParts Parts) Inverse(LatentModules modules, IVisionLanguageModel model,
        LatentRows paired, LatentObjective objective, RandomStream noise)
    {
        CodePass pass = ThroughCodes(modules, model, paired, paired.RequiredWithImage, objective, noise);
        return (pass.Tokens + objective.Entropy * pass.Entropy,
            new LatentParts { PairedTokens = pass.Tokens, PairedEntropy = pass.Entropy, CodeCounts = pass.Counts });
    }

    /// <summary>Cycle: both cross-modal projectors, on pairs.</summary>
    /// <inheritdoc cref="Inverse"/>
    public static (Tensor Loss, LatentParts Parts) Cycle(
        LatentModules modules, LatentRows paired, LatentObjective objective)
    {
        Tensor projection = Projection(modules, paired, objective);
        return (projection, new LatentParts { Projection = projection });
    }

    /// <summary>Joint: codes for pairs and for projected text-only data, with projection loss and cycle consistency.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="text">Text-only data; null trains without, which leaves out cycle consistency too.</param>
    /// <param name="objective">Weights and masks.</param>
    /// <param name="noise">A random stream of this step's own.</param>
    public static (Tensor Loss, LatentParts Parts) Joint(LatentModules modules, IVisionLanguageModel model,
        LatentRows paired, LatentRows? text, LatentObjective objective, RandomStream noise)
    {
        CodePass pairs = ThroughCodes(modules, model, paired, paired.RequiredWithImage, objective, noise, objective.Rate > 0);
        Tensor loss = pairs.Loss(objective);
        var parts = new LatentParts
        {
            PairedTokens = pairs.Tokens,
            PairedEntropy = pairs.Entropy,
            PairedRate = pairs.Rate,
            CodeCounts = pairs.Counts,
        };
        if (objective.ProjectText)
        {
            Tensor projection = Projection(modules, paired, objective);
            (loss, parts) = (loss + objective.Projection * projection, parts with { Projection = projection });
        }
        if (text is null)
            return (loss, parts);

        CodePass texts =
            ThroughCodes(modules, model, text, StageCodes.AsPaired(modules, text, objective), objective, noise, objective.Rate > 0);
        (loss, parts) = (loss + texts.Loss(objective),
            parts with { TextTokens = texts.Tokens, TextEntropy = texts.Entropy, TextRate = texts.Rate });
        if (!objective.ProjectText || objective.Cycle == 0)
            return (loss, parts);

        Tensor cycle = LatentLosses.CycleConsistency(modules.ToPaired, modules.ToText, text.RequiredTextOnly.States,
            text.Valid(objective.Valid), objective.Width);
        return (loss + objective.Cycle * cycle, parts with { Cycle = cycle });
    }

    /// <summary>
    /// Cloning: the policy learns to predict the inverse dynamics model's codes or, by effect, the next token through any code.
    /// Codes that are fixed are those of the next token.
    /// </summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="paired">Pairs.</param>
    /// <param name="text">Text-only data, or null.</param>
    /// <param name="objective">What is learned, and masks.</param>
    public static (Tensor Loss, LatentParts Parts) Cloning(
        LatentModules modules, IVisionLanguageModel model, LatentRows paired, LatentRows? text, LatentObjective objective)
    {
        Tensor pairs = CloningLoss(modules, model, paired, paired.RequiredWithImage, objective);
        if (text is null)
            return (pairs, new LatentParts { PairedCloning = pairs });

        LatentView view = modules.Config.HasFixedCodes ? text.RequiredTextOnly : StageCodes.AsPaired(modules, text, objective);
        Tensor textOnly = CloningLoss(modules, model, text, view, objective);
        return (pairs + textOnly, new LatentParts { PairedCloning = pairs, TextCloning = textOnly });
    }

    /// <summary>
    /// Task: the answer's tokens given the most probable codes. The states carry gradients to the base, the codes none.
    /// </summary>
    /// <param name="modules">The latent modules, which <see cref="SetTrainable"/> freezes.</param>
    /// <param name="model">The base.</param>
    /// <param name="live">The base's states of the sequences, with gradients.</param>
    /// <param name="labels">[P, L]</param>
    /// <param name="lengths">P real lengths.</param>
    /// <param name="whose">Whose codes.</param>
    public static (Tensor Loss, LatentParts Parts) Task(LatentModules modules, IVisionLanguageModel model, LatentView live,
        Tensor labels, int[] lengths, TaskCodes whose = TaskCodes.Inverse)
    {
        Tensor places = LatentLosses.Places(LatentLosses.Valid(labels, lengths, ValidPositions.Shifted));
        Tensor codes = StageCodes.ArgMax(modules, live, lengths, whose).flatten().index_select(0, places);
        Tensor logits = modules.Tokens(model, LatentLosses.At(live.States, places), codes);
        Tensor tokens = LatentLosses.CrossEntropy(logits, LatentLosses.Following(labels, places));
        return (tokens, new LatentParts { PairedTokens = tokens });
    }

    // Next tokens through sampled codes, and what the codes cost.
    private sealed record CodePass(Tensor Tokens, Tensor Entropy, Tensor Counts, Tensor? Rate)
    {
        internal Tensor Loss(LatentObjective objective)
        {
            Tensor loss = Tokens + objective.Entropy * Entropy;
            return Rate is null ? loss : loss + objective.Rate * Rate;
        }
    }

    private static CodePass ThroughCodes(LatentModules modules, IVisionLanguageModel model, LatentRows rows, LatentView view,
        LatentObjective objective, RandomStream noise, bool rated = false)
    {
        Tensor inverse = StageCodes.InverseLogits(modules, view, rows.Lengths);                   // [P, L, K]
        Tensor gumbel = GumbelSoftmax.Noise(inverse.shape, noise.NextBits(), inverse.device);
        Tensor places = LatentLosses.Places(rows.Valid(ValidPositions.Shifted));
        Tensor logits = LatentLosses.At(inverse, places);                                         // [M, K]
        Tensor samples = GumbelSoftmax.StraightThrough(
            logits, LatentLosses.At(gumbel, places), modules.Config.GumbelTemperature);           // [M, K]
        Tensor read = modules.World.Forward(LatentLosses.At(view.States.detach(), places),
            modules.Codebook.Mix(samples), model.Norm, modules.Config.LearningReadOut);           // [M, H]
        Tensor tokens =
            LatentLosses.CrossEntropy(model.Logits(read), LatentLosses.Following(rows.Labels, places));
        Tensor entropy = LatentLosses.NegativeEntropy(
            LatentLosses.At(inverse, LatentLosses.Places(rows.Valid(objective.Valid))));
        Tensor? rate = !rated ? null : LatentLosses.Divergence(
            logits, LatentLosses.At(StageCodes.PolicyLogits(modules, view, rows.Lengths), places));
        return new CodePass(tokens, entropy, LatentLosses.CodeCounts(logits), rate);
    }

    private static Tensor Projection(LatentModules modules, LatentRows paired, LatentObjective objective) =>
        LatentLosses.CrossModalProjectionLoss(modules.ToPaired, modules.ToText, paired.RequiredTextOnly.States,
            paired.RequiredWithImage.States, paired.Valid(objective.Valid), objective.Width);

    private static Tensor CloningLoss(
        LatentModules modules, IVisionLanguageModel model, LatentRows rows, LatentView view, LatentObjective objective)
    {
        bool byEffect = objective.Cloning == CloningTarget.Effects, isFixed = modules.Config.HasFixedCodes;
        // Both look at the next token, which the last position of a row has not.
        Tensor places = LatentLosses.Places(rows.Valid(byEffect || isFixed ? ValidPositions.Shifted : objective.Valid));
        Tensor policy = LatentLosses.At(StageCodes.PolicyLogits(modules, view, rows.Lengths), places);          // [M, K]
        if (isFixed)
            return LatentLosses.CrossEntropy(policy, modules.FixedCodes(LatentLosses.Following(rows.Labels, places)));

        Tensor codes;
        using (no_grad())
            codes = LatentLosses.PseudoLabels(
                LatentLosses.At(StageCodes.InverseLogits(modules, view, rows.Lengths), places));
        return byEffect ? EffectLoss(modules, model, LatentLosses.At(view.States, places), policy, codes,
            LatentLosses.Following(rows.Labels, places)) : LatentLosses.CrossEntropy(policy, codes);
    }

    // Over the policy's most probable codes; the inverse dynamics model's is always among them, or what is right could be out of sight.
    private static Tensor EffectLoss(
        LatentModules modules, IVisionLanguageModel model, Tensor states, Tensor policy, Tensor inverse, Tensor tokens)
    {
        Tensor logProbs = policy.to(ScalarType.Float32).log_softmax(-1);
        Tensor some = logProbs.detach().scatter(-1, inverse.unsqueeze(-1), ones([inverse.shape[0], 1], ScalarType.Float32, inverse.device))
            .topk((int)Math.Min(CodeTokenMap.TopCodes, logProbs.shape[1]), -1).indexes;                            // [M, T]
        return LatentLosses.ThroughCodes(logProbs.gather(-1, some), modules.LogProbsOf(model, states, some, tokens));
    }

    private static string[] TrainedModules(LatentStage stage) => stage switch
    {
        LatentStage.Inverse => ["inverse", "codebook", "world"],
        LatentStage.Cycle => ["to_paired", "to_text"],
        LatentStage.Joint => ["inverse", "codebook", "world", "to_paired", "to_text"],
        LatentStage.Cloning => ["policy"],
        _ => [],
    };
}
