using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>What a frozen reward model gives to completions: one forward pass, in which each question is read once.</summary>
/// <remarks>A model of several labels scores segments: the reward is their sum, and its parts belong to where they end.</remarks>
/// <param name="name">What it is logged under.</param>
/// <param name="folder">The reward model; belongs to this reward.</param>
/// <param name="prompt">Makes the prompt of an example as the reward model was trained to see it; null for the processor's own.</param>
/// <param name="batch">Completions that are read together, at least 1.</param>
public sealed class RewardModelReward(string name, RewardModelFolder folder, Func<Example, Prompt>? prompt = null, int batch = 64) : ILearnedReward
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        var scores = new LearnedScore[completions.Count];
        foreach (int[] part in Parts(completions))
        {
            cancel.ThrowIfCancellationRequested();
            foreach ((int i, LearnedScore score) in part.Zip(Read(completions, part)))
                scores[i] = score;
        }
        return Task.FromResult<IReadOnlyList<LearnedScore>>(scores);
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();

    // Whole groups together, as many as fit; a larger one in pieces, each of which reads the question once.
    private List<int[]> Parts(IReadOnlyList<Completion> completions)
    {
        var parts = new List<int[]>();
        foreach (int[] piece in Completion.Groups(completions).SelectMany(group => group.Chunk(batch)))
            if (parts is [.., var last] && last.Length + piece.Length <= batch)
                parts[^1] = [.. last, .. piece];
            else
                parts.Add(piece);
        return parts;
    }

    private LearnedScore[] Read(IReadOnlyList<Completion> completions, int[] part)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var prompts = new Dictionary<Example, Prompt>(ReferenceEqualityComparer.Instance);
        Rollout[] answers = [.. part.Select(i => folder.Reward.Answer(Ask(completions[i].Example), completions[i].Text))];
        return folder.Reward.Head.Labels.Count == 1
            ? [.. folder.Reward.Scores(answers).select(1, 0).cpu().data<float>().ToArray().Select(Score)] : Segments(answers);

        Prompt Ask(Example example) => prompts.TryGetValue(example, out Prompt? known) ? known
            : prompts[example] = prompt?.Invoke(example) ?? folder.Processor.Prompt(example, null);
    }

    private LearnedScore[] Segments(Rollout[] answers) => [.. SegmentObjective.Rewards(folder.Reward, folder.Processor.Tokenizer, answers)
        .Select(segments => LearnedScore.Of(segments.Sum(one => one.Value), FormattableString.Invariant($"{segments.Length} segments")) with
        {
            Segments = segments,
        })];

    private LearnedScore Score(float raw) => float.IsFinite(raw)
        ? LearnedScore.Of(folder.Scale.Apply(raw), FormattableString.Invariant($"score {raw:0.###}"))
        : throw new UsageException($"the reward model {name} gave {raw}", name, "a reward model whose weights are finite, or --dtype float32");
}
