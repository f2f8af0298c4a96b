using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Next-token cross-entropy in nats, by where the codes come from.</summary>
/// <param name="Inverse">The inverse model's surest, which know the next token.</param>
/// <param name="Policy">The policy's surest.</param>
/// <param name="Random">Each as likely as any other.</param>
/// <param name="Constant">The inverse model's most frequent one, everywhere.</param>
/// <param name="Base">No codes: the base's own prediction.</param>
public sealed record CodeCosts(double Inverse, double Policy, double Random, double Constant, double Base);

/// <summary>How codes are used.</summary>
/// <param name="Used">Codes of K that occur.</param>
/// <param name="Entropy">Of how often each occurs, in nats: log K where all do alike.</param>
/// <param name="Majority">Share of the most frequent one: what cloning scores that learns nothing else.</param>
/// <param name="Favourite">The most frequent one.</param>
public sealed record CodeUsage(int Used, double Entropy, double Majority, int Favourite)
{
    /// <summary>Counts codes.</summary>
    /// <param name="codes">[M] one at least.</param>
    /// <param name="count">K</param>
    public static CodeUsage Of(Tensor codes, int count)
    {
        using var scope = NewDisposeScope();
        return OfTimes(codes.flatten().bincount(null, count).to(CPU).data<long>().ToArray());
    }

    /// <summary>The same of codes that were counted.</summary>
    /// <param name="times">K numbers of times, not all 0.</param>
    public static CodeUsage OfTimes(IReadOnlyList<long> times)
    {
        double[] shares = [.. times.Select(each => (double)each / times.Sum())];
        return new CodeUsage(times.Count(each => each > 0), shares.Sum(p => p > 0 ? -p * Math.Log(p) : 0), shares.Max(),
            Array.IndexOf(shares, shares.Max()));
    }
}

/// <summary>What a batch tells of codes, policy and projector.</summary>
/// <param name="Costs">Cross-entropies.</param>
/// <param name="Usage">Of the inverse model's surest codes.</param>
/// <param name="PolicyUsage">Of the policy's surest codes.</param>
/// <param name="CloningAccuracy">Share of positions where the two agree.</param>
/// <param name="ReachableTokens">
/// Mean number of different tokens that the K codes lead to in one state: actions in effect.
/// </param>
/// <param name="RawCosine">Mean cosine of text's states and their pair's; null where the batch lacks one of the two.</param>
/// <param name="ProjectedCosine">The same after projection.</param>
/// <param name="Positions">How many positions these are means over.</param>
public sealed record LatentReport(CodeCosts Costs, CodeUsage Usage, CodeUsage PolicyUsage, double CloningAccuracy,
    double ReachableTokens, double? RawCosine, double? ProjectedCosine, long Positions)
{
    /// <summary>The numbers there are, by their names in logs.</summary>
    public IReadOnlyList<(string Name, double Value)> Named() =>
    [
        ("ce_inverse", Costs.Inverse), ("ce_policy", Costs.Policy), ("ce_random", Costs.Random),
        ("ce_constant", Costs.Constant), ("ce_base", Costs.Base), ("used_codes", Usage.Used),
        ("code_entropy", Usage.Entropy), ("majority_code", Usage.Majority), ("policy_codes", PolicyUsage.Used),
        ("policy_code_entropy", PolicyUsage.Entropy), ("clone_accuracy", CloningAccuracy),
        ("reachable_tokens", ReachableTokens),
        .. RawCosine is { } raw ? [("cosine_raw", raw), ("cosine_projected", ProjectedCosine!.Value)]
            : Array.Empty<(string, double)>(),
    ];
}

/// <summary>
/// Measures that show early whether codes mean anything. Without gradients and, but for the random codes, noise.
/// </summary>
public static class LatentDiagnostics
{
    // Rows of logits computed at once, times the vocabulary: 128 MiB in float32.
    private const long MostNumbers = 1L << 25;

    /// <summary>
    /// All measures of a batch; a paired one is looked at with its images, text alone where its pair would be.
    /// </summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="rows">The batch.</param>
    /// <param name="objective">Whether text is projected.</param>
    /// <param name="random">Draws the random codes.</param>
    /// <param name="readOut">How the world model is read: as the stage that this measures reads it.</param>
    /// <param name="reachableAt">
    /// In how many states the reachable tokens are counted: each costs K rows of logits.
    /// </param>
    public static LatentReport Of(LatentModules modules, IVisionLanguageModel model, LatentRows rows,
        LatentObjective objective, RandomStream random, ReadOut readOut = ReadOut.Delta, int reachableAt = 32)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        LatentView view = rows.Seen ?? LatentStages.AsPaired(modules, rows, objective);
        Tensor places = LatentLosses.Places(rows.Valid(ValidPositions.Shifted));
        Tensor told = Codes(LatentStages.Ahead(modules, view, rows.Lengths), places);
        Tensor chosen = Codes(LatentStages.Policy(modules, view, rows.Lengths), places);
        var usage = CodeUsage.Of(told, modules.Config.Codes);

        var world = new World(modules, model, readOut, LatentLosses.At(view.States, places));
        Tensor next = LatentLosses.Following(rows.Labels, places);
        (double? raw, double? projected) = Cosines(modules, rows, places);
        return new LatentReport(
            new CodeCosts(world.Cost(told, next), world.Cost(chosen, next), world.Cost(Random(), next),
                world.Cost(full_like(told, usage.Favourite), next), world.Cost(null, next)),
            usage, CodeUsage.Of(chosen, modules.Config.Codes), Number(told.eq(chosen).to(ScalarType.Float32).mean()),
            world.Reachable(reachableAt), raw, projected, places.shape[0]);

        Tensor Random() => tensor(Enumerable.Range(0, (int)places.shape[0])
            .Select(_ => (long)random.Next(modules.Config.Codes)).ToArray()).to(places.device);
    }

    /// <summary>How many different tokens the K codes lead to in each state: their surest ones.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base.</param>
    /// <param name="states">[M, H]</param>
    /// <param name="readOut">How the world model is read.</param>
    /// <returns>M numbers from 1 to K.</returns>
    public static int[] Reachable(
        LatentModules modules, IVisionLanguageModel model, Tensor states, ReadOut readOut = ReadOut.Delta)
    {
        using var scope = NewDisposeScope();
        int K = modules.Config.Codes;
        long[] tokens = modules.Effects(model, states, readOut).flatten().to(CPU).data<long>().ToArray();
        return [.. tokens.Chunk(K).Select(each => each.Distinct().Count())];
    }

    private static Tensor Codes(Tensor logits, Tensor places) => LatentLosses.At(logits, places).argmax(-1);

    private static (double?, double?) Cosines(LatentModules modules, LatentRows rows, Tensor places)
    {
        if (rows is not { Blind: { } blind, Seen: { } seen })
            return (null, null);

        (Tensor text, Tensor paired) = (LatentLosses.At(blind.States, places), LatentLosses.At(seen.States, places));
        return (Mean(text), Mean(modules.ToPaired.Mean(text)));

        double Mean(Tensor x) => Number(nn.functional.cosine_similarity(
            x.to(ScalarType.Float32), paired.to(ScalarType.Float32), -1).mean());
    }

    private static double Number(Tensor scalar) => scalar.to(ScalarType.Float64).item<double>();

    // [M, H] states under codes.
    private sealed record World(LatentModules Modules, IVisionLanguageModel Model, ReadOut ReadOut, Tensor States)
    {
        internal double Cost(Tensor? codes, Tensor next)
        {
            int at = (int)Math.Max(1, MostNumbers / Model.VocabSize);
            return Enumerable.Range(0, (int)States.shape[0]).Chunk(at).Sum(part =>
            {
                using var scope = NewDisposeScope();
                Tensor h = States.narrow(0, part[0], part.Length);
                Tensor read = codes is null ? h : Modules.World.Forward(
                    h, Modules.Codebook.Of(codes.narrow(0, part[0], part.Length)), Model.Norm, ReadOut);
                return part.Length * Number(LatentLosses.CrossEntropy(
                    Model.Logits(read), next.narrow(0, part[0], part.Length)));
            }) / States.shape[0];
        }

        // Spread evenly over the states.
        internal double Reachable(int most)
        {
            long count = Math.Min(most, States.shape[0]);
            long[] some = [.. Enumerable.Range(0, (int)count).Select(i => i * States.shape[0] / count)];
            Tensor states = States.index_select(0, tensor(some).On(States.device));
            return LatentDiagnostics.Reachable(Modules, Model, states, ReadOut).Average();
        }
    }
}
