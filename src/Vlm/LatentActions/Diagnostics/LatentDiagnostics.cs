using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>
/// Measures that show early whether codes carry information. Without gradients and, but for the random codes, noise.
/// </summary>
public static class LatentDiagnostics
{
    // Rows of logits computed at once, times the vocabulary: 128 MiB in float32.
    private const long MaxNumbers = 1L << 25;

    /// <summary>
    /// All measures of a batch; pairs by their view with images, text-only data projected.
    /// </summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base: its norm and output layer.</param>
    /// <param name="rows">The batch.</param>
    /// <param name="objective">Whether text is projected.</param>
    /// <param name="random">Of the random codes.</param>
    /// <param name="readOut">What the output layer reads of the world model, as in the stage that is measured.</param>
    /// <param name="distinctTokensAt">
    /// In how many states distinct tokens are counted; each costs K rows of logits.
    /// </param>
    public static LatentReport Of(LatentModules modules, IVisionLanguageModel model, LatentRows rows,
        LatentObjective objective, RandomStream random, ReadOut readOut = ReadOut.Delta, int distinctTokensAt = 32)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        LatentView view = rows.WithImage ?? StageCodes.AsPaired(modules, rows, objective);
        Tensor places = LatentLosses.Places(rows.Valid(ValidPositions.Shifted));
        Tensor inverse = Codes(StageCodes.InverseLogits(modules, view, rows.Lengths), places);
        Tensor policy = Codes(StageCodes.PolicyLogits(modules, view, rows.Lengths), places);
        var usage = CodeUsage.Of(inverse, modules.Config.Codes);

        var world = new World(modules, model, readOut, LatentLosses.At(view.States, places));
        Tensor next = LatentLosses.Following(rows.Labels, places);
        (double? raw, double? projected) = Cosines(modules, rows, places);
        return new LatentReport(
            new CodeCosts(world.Cost(inverse, next), world.Cost(policy, next), world.Cost(Random(), next),
                world.Cost(full_like(inverse, usage.MostFrequentCode), next), world.Cost(null, next)),
            usage, CodeUsage.Of(policy, modules.Config.Codes), Number(inverse.eq(policy).to(ScalarType.Float32).mean()),
            world.DistinctTokens(distinctTokensAt), raw, projected, places.shape[0]);

        Tensor Random() => tensor(Enumerable.Range(0, (int)places.shape[0])
            .Select(_ => (long)random.Next(modules.Config.Codes)).ToArray()).to(places.device);
    }

    /// <summary>The number of distinct tokens among the most probable tokens of the K codes, in each state.</summary>
    /// <param name="modules">The latent modules.</param>
    /// <param name="model">The base.</param>
    /// <param name="states">[M, H]</param>
    /// <param name="readOut">What the output layer reads of the world model.</param>
    /// <returns>M numbers from 1 to K.</returns>
    public static int[] DistinctTokens(
        LatentModules modules, IVisionLanguageModel model, Tensor states, ReadOut readOut = ReadOut.Delta)
    {
        using var scope = NewDisposeScope();
        int K = modules.Config.Codes;
        long[] tokens = modules.MostProbableTokens(model, states, readOut).flatten().to(CPU).data<long>().ToArray();
        return [.. tokens.Chunk(K).Select(each => each.Distinct().Count())];
    }

    private static Tensor Codes(Tensor logits, Tensor places) => LatentLosses.At(logits, places).argmax(-1);

    private static (double?, double?) Cosines(LatentModules modules, LatentRows rows, Tensor places)
    {
        if (rows is not { TextOnly: { } textOnly, WithImage: { } withImage })
            return (null, null);

        (Tensor text, Tensor paired) = (LatentLosses.At(textOnly.States, places), LatentLosses.At(withImage.States, places));
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
            int at = (int)Math.Max(1, MaxNumbers / Model.VocabSize);
            return Enumerable.Range(0, (int)States.shape[0]).Chunk(at).Sum(part =>
            {
                using var scope = NewDisposeScope();
                Tensor h = States.narrow(0, part[0], part.Length);
                Tensor logits = codes is null
                    ? Model.Logits(h) : Modules.Tokens(Model, h, codes.narrow(0, part[0], part.Length), ReadOut);
                return part.Length * Number(LatentLosses.CrossEntropy(logits, next.narrow(0, part[0], part.Length)));
            }) / States.shape[0];
        }

        // Spread evenly over the states.
        internal double DistinctTokens(int most)
        {
            long count = Math.Min(most, States.shape[0]);
            long[] some = [.. Enumerable.Range(0, (int)count).Select(i => i * States.shape[0] / count)];
            Tensor states = States.index_select(0, tensor(some).On(States.device));
            return LatentDiagnostics.DistinctTokens(Modules, Model, states, ReadOut).Average();
        }
    }
}
