using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>A pair as a reward model reads it.</summary>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other answer to the same <see cref="Prompt"/> object.</param>
/// <param name="Margin">By how much the scores are to differ at least.</param>
/// <param name="Smoothing">Probability that the label is wrong.</param>
/// <param name="Number">Names the pair's random numbers: the pair's place in the run.</param>
public sealed record PairToRead(Rollout Chosen, Rollout Rejected, double Margin, double Smoothing, long Number);

/// <summary>What pairs showed before they were learned from.</summary>
/// <param name="Correct">Pairs whose chosen answer scores higher.</param>
/// <param name="Margins">Sum of the differences of the scores.</param>
/// <param name="Scores">Sum of all scores.</param>
public readonly record struct PairSums(int Correct, double Margins, double Scores);

/// <summary>The loss of a reward model over pairs: Bradley-Terry, and what is added to it.</summary>
/// <param name="model">Scores with its first label.</param>
/// <param name="options">Weights.</param>
/// <param name="seed">Of the places and masks that are drawn.</param>
public sealed class PreferenceObjective(RewardModel model, PreferenceOptions options, long seed)
{
    /// <summary>The mean loss of pairs times their share of the step, with a gradient, and what they showed.</summary>
    /// <param name="pairs">Read together.</param>
    /// <param name="share">Their number over the step's.</param>
    public (Tensor Loss, PairSums Sums) Compute(IReadOnlyList<PairToRead> pairs, double share)
    {
        Rollout[] answers = [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
        bool reads = !model.Head.Pooling.IsImplicit();
        Tensor states = reads ? model.States(answers) : empty(0);                               // [2 N, T, D]
        Tensor pooled = reads ? model.Pooled(states, answers) : states;                         // [2 N, D]
        Tensor scores = (reads ? model.Head.Forward(pooled) : model.Scores(answers)).select(1, 0);   // [2 N]
        Tensor chosen = scores[..pairs.Count], rejected = scores[pairs.Count..];
        Tensor loss = PreferenceLoss.BradleyTerry(chosen, rejected, Numbers(pair => pair.Margin), Numbers(pair => pair.Smoothing)).mean();
        // Log-probabilities are below 0, and nothing centres them.
        if (reads)
            loss += options.CenterRewardsCoefficient * PreferenceLoss.Centering(chosen, rejected).mean();
        if (options.GoalWeight > 0)
            loss += options.GoalWeight * Goal(states, pairs);
        if (options.SimcseWeight > 0)
            loss += options.SimcseWeight * ContrastiveLosses.SimCse(pooled, Masks(pooled, pairs));
        if (options.SftWeight > 0)
            loss += options.SftWeight * Language(states, [.. pairs.Select(pair => pair.Chosen)]);
        return (share * loss, Sums(chosen.detach(), rejected.detach()));

        Tensor Numbers(Func<PairToRead, double> of) =>
            tensor([.. pairs.Select(pair => (float)of(pair))], device: scores.device);
    }

    private static PairSums Sums(Tensor chosen, Tensor rejected)
    {
        Tensor difference = chosen - rejected;
        return new((int)difference.gt(0).sum().item<long>(), difference.sum().item<float>(), (chosen + rejected).sum().item<float>());
    }

    // Yang et al. 2024, arXiv:2406.10216, SFT regularisation: cross-entropy of the chosen answers, whose mean each has the same weight. Each token
    // but the first is read from the state after the one before it.
    private Tensor Language(Tensor states, IReadOnlyList<Rollout> chosen)
    {
        long width = states.shape[1];
        (long Place, long Token, float Share)[] read = [.. chosen.Index().SelectMany(row => Enumerable.Range(1, row.Item.Tokens.Length - 1).Select(t =>
            ((row.Index * width) + t - 1, (long)row.Item.Tokens[t], 1f / ((row.Item.Tokens.Length - 1) * chosen.Count))))];
        if (read.Length == 0)
            return zeros([], device: states.device);
        Tensor before = states.reshape(-1, states.shape[2]).index_select(0, tensor([.. read.Select(one => one.Place)], device: states.device));
        Tensor lost = nn.functional.cross_entropy(model.Model.Logits(before.unsqueeze(0)).squeeze(0).to(ScalarType.Float32),
            tensor([.. read.Select(one => one.Token)], device: states.device), reduction: nn.Reduction.None);
        return (lost * tensor([.. read.Select(one => one.Share)], device: states.device)).sum();
    }

    private Tensor Goal(Tensor states, IReadOnlyList<PairToRead> pairs) => stack([.. pairs.Select((pair, i) =>
    {
        var random = new RandomStream(seed, "goal-places", pair.Number);
        (long[] sources, long[] goals) = ContrastiveLosses.Places(pair.Chosen.Tokens.Length, options.GoalPairs, random);
        (_, long[] others) = ContrastiveLosses.Places(pair.Rejected.Tokens.Length, options.GoalPairs, random);
        return ContrastiveLosses.Goal(At(states, i, sources), At(states, i, goals), At(states, pairs.Count + i, others));
    })]).mean();

    private static Tensor At(Tensor states, int row, long[] places) =>
        states[row].index_select(0, tensor(places, device: states.device));

    // The same mask for a pair wherever it is read: its numbers follow from the pair's own.
    private Tensor Masks(Tensor features, IReadOnlyList<PairToRead> pairs)
    {
        (int rows, int width) = ((int)features.shape[0], (int)features.shape[1]);
        float keep = (float)(1 / (1 - options.SimcseDropout));
        var masks = new float[2 * rows * width];
        for (int i = 0; i < rows; i++)
        {
            var random = new RandomStream(seed, "simcse", pairs[i % pairs.Count].Number, i / pairs.Count);
            foreach (int view in new[] { 0, 1 })
                for (int d = 0; d < width; d++)
                    masks[(((view * rows) + i) * width) + d] = random.NextDouble() < options.SimcseDropout ? 0 : keep;
        }
        return tensor(masks, [2, rows, width], device: features.device);
    }
}
