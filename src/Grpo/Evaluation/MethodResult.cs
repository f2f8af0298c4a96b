using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;

namespace Vlm.Grpo;

/// <summary>One method of a comparison: what its model answers, how different its answers are, what a step cost.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Greedy">Held-out questions, the most likely action each time.</param>
/// <param name="Sampled">The same questions, actions sampled as in training.</param>
/// <param name="Diversity">Of groups sampled as in training, for the first of these questions.</param>
/// <param name="RolloutSeconds">Median seconds of a step's sampling; NaN for a model that was not reinforced.</param>
/// <param name="UpdateSeconds">Median seconds of a step's update; NaN likewise.</param>
/// <param name="FracRewardZeroStd">Mean share of groups without reward spread in training; NaN likewise.</param>
public sealed record MethodResult(
    string Method, EvaluationReport Greedy, EvaluationReport Sampled, DiversityReport Diversity,
    double RolloutSeconds = double.NaN, double UpdateSeconds = double.NaN, double FracRewardZeroStd = double.NaN)
{
    private const int Together = 64;

    /// <summary>Reward of the greedy answer to each question, in their order; what paired comparisons need.</summary>
    public IReadOnlyList<double> Rewards { get; init; } = [];

    /// <summary>
    /// Entropy over tokens of a sampled answer, in nats, of the groups that <see cref="Diversity"/> is of; NaN for a policy that cannot say.
    /// </summary>
    public double NatsPerAnswer { get; init; } = double.NaN;

    /// <summary>Mean of the best reward of each of these groups: what selection alone could give.</summary>
    public double BestOfGroup { get; init; } = double.NaN;

    /// <summary>Share of these groups whose rewards are all equal.</summary>
    public double FlatShare { get; init; } = double.NaN;

    /// <summary>Numbers that were trained; NaN for a model that was not reinforced.</summary>
    public double TrainableParameters { get; init; } = double.NaN;

    /// <summary>Seconds of all processor cores in its steps; NaN likewise.</summary>
    public double CpuSeconds { get; init; } = double.NaN;

    /// <summary>Reward of greedy answers to held-out questions on the way, by the step of its training.</summary>
    public IReadOnlyList<RewardPoint> Curve { get; init; } = [];

    private static readonly JsonSerializerOptions s_json =
        new() { WriteIndented = true, Converters = { new FiniteOrNull() } };

    /// <summary>Asks a method everything that a comparison shows.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="questions">Held-out questions, the same for every method.</param>
    /// <param name="options">How training samples, and how many answers make a group.</param>
    /// <param name="seed">Of what is sampled.</param>
    /// <param name="vectors">[N, H] vectors of N texts, the same function for every method.</param>
    /// <param name="greedy">Gets the greedy answers, one to each question; null where nobody wants them.</param>
    /// <param name="cancel">Checked between batches.</param>
    public static MethodResult Of(
        string method, ISampler policy, IReadOnlyList<Prompt> questions, GrpoOptions options, long seed,
        Func<IReadOnlyList<string>, torch.Tensor> vectors, Action<IReadOnlyList<ScoredAnswer>>? greedy = null, CancellationToken cancel = default)
    {
        var key = new SampleKey(seed, 0);
        ScoredAnswer[] answers = [.. Evaluation.Ask(
            policy, questions, options.Sampling with { Greedy = true }, Together, key, cancel: cancel)];
        greedy?.Invoke(answers);
        Rollout[] rollouts = policy.Sample([.. questions.Take(Together)], options.GroupSize, options.Sampling, key, cancel);
        double[][] groups = [.. Batch.Scored(rollouts).Select(sample => sample.Score.Value).Chunk(options.GroupSize)];
        return new(method, Evaluation.Report(answers),
            Evaluation.Report(Evaluation.Ask(policy, questions, options.Sampling, Together, key, cancel: cancel)),
            Spread())
        {
            Rewards = [.. answers.Select(answer => answer.Score.Value)],
            NatsPerAnswer = policy is IEffectPolicy effects
                ? rollouts.Chunk(Together).SelectMany(part => Frontier.Nats(effects, part, options.Sampling)).Average() : double.NaN,
            BestOfGroup = groups.Average(group => group.Max()),
            FlatShare = groups.Average(group => GroupRelative.HasNoSpread(group) ? 1.0 : 0),
        };

        DiversityReport Spread()
        {
            string[] texts = [.. rollouts.Select(rollout => rollout.Text)];
            using torch.Tensor found = vectors(texts);
            return Grpo.Diversity.Of(texts, found, options.GroupSize);
        }
    }

    /// <summary>Reads a result from a file; where there is none, measures and writes it.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="measure">Called only where there is no file.</param>
    public static MethodResult Kept(string path, Func<MethodResult> measure)
    {
        if (File.Exists(path))
            return Read(JsonNode.Parse(File.ReadAllText(path))!.AsObject());

        MethodResult result = measure();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        CompleteFile.WriteText(path, JsonSerializer.Serialize(result, s_json));
        return result;
    }

    // Files of earlier versions call the sampled answers "Drawn".
    private static MethodResult Read(JsonObject file)
    {
        if (file["Drawn"] is { } sampled)
            file[nameof(Sampled)] = sampled.DeepClone();
        return file.Deserialize<MethodResult>(s_json)!;
    }

    /// <summary>A comparison as lines of text: percent right, mean rewards, diversity, and time as a ratio.</summary>
    /// <param name="methods">In the order of the lines.</param>
    /// <param name="unit">The method whose times are 1; where it is not among them, times are seconds.</param>
    public static IEnumerable<string> Table(IReadOnlyList<MethodResult> methods, string unit)
    {
        MethodResult? one = methods.FirstOrDefault(item => item.Method == unit);
        int width = methods.Max(item => item.Method.Length);
        yield return $"{"".PadRight(width)} |            greedy             |            sampled            |  answers in a group   |"
            + (one is null ? "   seconds a step" : $"   times {unit}'s");
        yield return $"{"".PadRight(width)} |   VQA  boxes captions  reward |   VQA  boxes captions  reward | 1/cosine different    |"
            + " rollout  update";
        foreach (MethodResult item in methods)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{item.Method.PadRight(width)} | {Scores(item.Greedy)} | {Scores(item.Sampled)} | {item.Diversity.Value,8:F3} "
                + $"{item.Diversity.DistinctAnswers,9:F2}    | {Ratio(item.RolloutSeconds, one?.RolloutSeconds),7} "
                + $"{Ratio(item.UpdateSeconds, one?.UpdateSeconds),7}");
    }

    /// <summary>What else tells methods apart, as lines of text: what learns, exploration, selection alone, the way there, processors.</summary>
    /// <param name="methods">In the order of the lines.</param>
    public static IEnumerable<string> Controls(IReadOnlyList<MethodResult> methods)
    {
        int width = methods.Max(item => item.Method.Length);
        yield return $"{"".PadRight(width)} |  trainable |  nats an answer  best of {"group",5}  flat |  area under curve |  cpu s";
        foreach (MethodResult item in methods)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{item.Method.PadRight(width)} | {Shown(item.TrainableParameters, "N0"),10} | {item.NatsPerAnswer,15:F2} {item.BestOfGroup,14:F3} "
                + $"{item.FlatShare,5:F2} | {(item.Curve.Count == 0 ? "" : Shown(new RewardCurve(item.Curve).AreaUnderCurve, "F3")),17} | "
                + $"{Shown(item.CpuSeconds, "F0"),6}");
    }

    private static string Shown(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Scores(EvaluationReport report) => string.Create(CultureInfo.InvariantCulture,
        $"{report[Metric.VqaAccuracy] * 100,5:F1} {report[Metric.GroundingAcc50] * 100,6:F1} ")
        + string.Create(CultureInfo.InvariantCulture, $"{report[EvaluationReport.CaptionReward],8:F3} {report.Reward,7:F3}");

    private static string Ratio(double seconds, double? one) => double.IsNaN(seconds) ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{seconds / (one ?? 1):F2}");
}
