using System.Globalization;
using TorchSharp;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>
/// Reward against exploration: one policy at several temperatures, so that policies with other actions can be compared at equal entropy
/// over tokens. At one temperature a policy over codes explores as a sharper one over tokens does.
/// </summary>
public sealed record Frontier
{
    /// <summary>Answers to a question.</summary>
    public const int GroupSize = 8;

    /// <summary>The temperatures to measure.</summary>
    public static IReadOnlyList<double> Temperatures { get; } = [0.5, 0.7, 1, 1.5, 2];

    /// <param name="points">At least one, in any order.</param>
    public Frontier(IReadOnlyList<FrontierPoint> points)
    {
        if (points.Count == 0)
            throw new ArgumentException("a frontier has at least one point", nameof(points));
        Points = [.. points.OrderBy(point => point.Nats).ThenBy(point => point.Temperature)];
    }

    /// <summary>By rising entropy.</summary>
    public IReadOnlyList<FrontierPoint> Points { get; }

    /// <summary>The lowest and the highest entropy that this and another frontier both reach, in nats an answer; null for none.</summary>
    /// <param name="other">Of the same questions.</param>
    public (double Low, double High)? Common(Frontier other)
    {
        double low = Math.Max(Points[0].Nats, other.Points[0].Nats), high = Math.Min(Points[^1].Nats, other.Points[^1].Nats);
        return low <= high ? (low, high) : null;
    }

    /// <summary>What the policy earns at an entropy, on the straight line between the two points around it.</summary>
    /// <param name="nats">An answer's, within what was measured.</param>
    /// <exception cref="UsageException">It lies outside: nothing is extrapolated.</exception>
    public FrontierPoint At(double nats)
    {
        if (!(nats >= Points[0].Nats && nats <= Points[^1].Nats))
            throw Outside(nats);
        if (Points.FirstOrDefault(point => point.Nats == nats) is { } measured)
            return measured;
        int above = Points.Index().First(point => point.Item.Nats > nats).Index;
        (FrontierPoint from, FrontierPoint to) = (Points[above - 1], Points[above]);
        return from.Towards(to, (nats - from.Nats) / (to.Nats - from.Nats));
    }

    /// <summary>Samples a group of answers to each question at each temperature, and measures them.</summary>
    /// <remarks>The same random numbers at every temperature.</remarks>
    /// <param name="policy">The policy.</param>
    /// <param name="questions">At least one.</param>
    /// <param name="options">Sampling but for its temperature, and how many rollouts are read together.</param>
    /// <param name="key">Random streams.</param>
    /// <param name="score">What rollouts earn; null for the rewards of their examples.</param>
    /// <param name="temperatures">Null for <see cref="Temperatures"/>.</param>
    /// <param name="cancel">Looked at before each token.</param>
    public static Frontier Measure(
        IEffectPolicy policy, IReadOnlyList<Prompt> questions, GrpoOptions options, SampleKey key,
        Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score = null, IReadOnlyList<double>? temperatures = null,
        CancellationToken cancel = default)
    {
        return new([.. (temperatures ?? Temperatures).Select(temperature =>
        {
            Sampling sampling = options.Sampling with { Temperature = temperature, Greedy = false };
            return FrontierPoint.Of(temperature, [.. Asked(sampling)]);
        })]);

        IEnumerable<AnswerGroup> Asked(Sampling sampling)
        {
            int asked = 0;
            foreach (Prompt[] part in questions.Chunk(Math.Max(1, options.MicroBatchSize / GroupSize)))
            {
                Rollout[] rollouts = policy.Sample(part, GroupSize, sampling, key with { FirstPrompt = key.FirstPrompt + asked }, cancel);
                double[] nats = Nats(policy, rollouts, sampling);
                IReadOnlyList<TotalScore> scores = score?.Invoke(rollouts) ?? [.. Batch.Scored(rollouts).Select(sample => sample.Score)];
                foreach (int[] group in Enumerable.Range(0, rollouts.Length).Chunk(GroupSize))
                    yield return new([.. group.Select(i => scores[i].Value)], [.. group.Select(i => rollouts[i].Text)],
                        [.. group.Select(i => nats[i])]);
                asked += part.Length;
            }
        }
    }

    /// <summary>Entropy over tokens of each rollout, summed over its actions, in nats.</summary>
    internal static double[] Nats(IEffectPolicy policy, Rollout[] rollouts, Sampling sampling)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        return [.. policy.EffectEntropy(rollouts, sampling).to(torch.ScalarType.Float64).sum(1).cpu().data<double>()];     // [B]
    }

    private UsageException Outside(double nats)
    {
        string span = string.Create(CultureInfo.InvariantCulture, $"{Points[0].Nats:0.###} to {Points[^1].Nats:0.###} nats");
        string temperatures = string.Join(", ", Points.Select(point => point.Temperature.ToString("0.###", CultureInfo.InvariantCulture)));
        return new(string.Create(CultureInfo.InvariantCulture, $"nothing was measured at {nats:0.###} nats an answer, only at {span}"),
            $"temperatures {temperatures}", nats > Points[^1].Nats ? "a higher temperature too" : "a lower temperature too");
    }
}
