using System.Globalization;
using System.Text.Json;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

/// <summary>The ensemble: how strongly each pair is preferred, and what is so done with its label.</summary>
static class StrengthPhase
{
    private const string Folder = "ensemble", Report = "strengths.jsonl";

    /// <summary>Trains the ensemble, or what of it a run before did not, and cleans the labels; nothing without an ensemble.</summary>
    /// <returns>One for each training pair; none where labels are taken as they are.</returns>
    public static IReadOnlyList<CleanedPair> Of(Run run, RewardModelOptions options, PreferencePairs pairs)
    {
        CleaningOptions how = options.Cleaning;
        if (how.Ensemble == 0)
            return [];
        double[][] differences = [.. Enumerable.Range(0, how.Ensemble).Select(member => Member(run, options, pairs, member))];
        PreferenceStrength[] strengths = [.. pairs.Train.Select((_, i) => PreferenceStrength.Of([.. differences.Select(one => one[i]).Where(double.IsFinite)]))];
        var cleaning = new PairCleaning(how.FlipShare, how.SoftenShare, how.SoftenSmoothing, options.Objective.MarginWeight > 0);
        IReadOnlyList<CleanedPair> cleaned = cleaning.Clean(strengths);
        CompleteFile.WriteText(Path.Combine(run.Folder, Report), string.Concat(pairs.Train.Select((pair, i) => JsonSerializer.Serialize(
            new { id = pair.Example.Id, kind = pair.Kind, mean = strengths[i].Mean, std = strengths[i].Std, treatment = OptionText.Show(cleaned[i].Treatment) }) + "\n")));
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"ensemble of {how.Ensemble}: {strengths.Count(one => one.Mean < 0)} of {strengths.Length} pairs have a strength below 0; "
            + $"{cleaned.Count(one => one.Treatment == PairTreatment.Flip)} labels flipped, {cleaned.Count(one => one.Treatment == PairTreatment.Soften)} softened ({Report})"));
        return cleaned;
    }

    // The differences of one model over all pairs; NaN for those that it trained on where each leaves a part out.
    private static double[] Member(Run run, RewardModelOptions options, PreferencePairs pairs, int member)
    {
        string file = Path.Combine(run.Folder, Folder, string.Create(CultureInfo.InvariantCulture, $"member-{member + 1}.json"));
        if (!run.Resumed || !File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            CompleteFile.WriteText(file, JsonSerializer.Serialize(Differences(run, options, pairs, member)));
        }
        return [.. JsonSerializer.Deserialize<double?[]>(File.ReadAllText(file))!.Select(value => value ?? double.NaN)];
    }

    private static double?[] Differences(Run run, RewardModelOptions options, PreferencePairs pairs, int member)
    {
        using RewardLearner learner = RewardLearner.Load(run, options, null);
        (int[] among, HashSet<int> left) = Divided(pairs.Train.Count, options.Cleaning.EnsembleHeldOut, run.Seed, member);
        int steps = Math.Max(1, (int)Math.Round(options.Cleaning.EnsembleEpochs * among.Length / options.BatchSize));
        UpdateOptions update = options with { Steps = steps, WarmupSteps = Math.Min(options.WarmupSteps, steps - 1) };
        using FusedAdamW optimizer = learner.Optimizer(update);
        var stream = new PairStream(pairs.Train, run.Seed + ((long)(member + 1) << 32), among);
        StepStats stats = StepStats.Empty;
        for (long step = 1; step <= steps; step++)
        {
            run.Token.ThrowIfCancellationRequested();
            stats += learner.Step(optimizer, learner.Read(stream.Step(step, options.BatchSize), []), update, step, null);
        }
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"ensemble, model {member + 1} of {options.Cleaning.Ensemble}: right of {stats[Metric.Accuracy]:P1} of the labels as it met them"));
        return [.. learner.Scored(pairs.Train).Select((pair, i) => left.Count == 0 || left.Contains(i) ? pair.Difference : (double?)null)];
    }

    // Each model leaves out another stretch of one shuffled order, so that every pair is left out by some.
    private static (int[] Among, HashSet<int> Left) Divided(int count, double share, long seed, int member)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new RandomStream(seed, "ensemble").Shuffle<int>(order);
        int left = (int)Math.Ceiling(share * count);
        HashSet<int> without = [.. Enumerable.Range(0, left).Select(i => order[(int)(((long)member * left + i) % count)])];
        return ([.. order.Where(i => !without.Contains(i)).Order()], without);
    }
}
