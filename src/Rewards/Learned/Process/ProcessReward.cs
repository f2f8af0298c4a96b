namespace Vlm.Rewards.Learned;

/// <summary>What an agent saw after a step of an episode, and what it was told to do.</summary>
/// <param name="Images">The screens or frames, oldest first.</param>
/// <param name="Instruction">The task.</param>
/// <param name="Id">Named in messages.</param>
public sealed record Observation(IReadOnlyList<ImageSource> Images, string Instruction, string Id = "observation");

/// <summary>Says whether a task is done, from what is seen.</summary>
public interface ISuccessClassifier
{
    /// <summary>The probability, 0 to 1, that the task of each observation is done; null where that could not be said.</summary>
    /// <param name="observations">Any number.</param>
    /// <param name="cancel">Looked at before each batch.</param>
    Task<IReadOnlyList<double?>> ClassifyAsync(IReadOnlyList<Observation> observations, CancellationToken cancel = default);
}

/// <summary>Rewards of the steps of an episode: what the environment pays, and what a classifier sees.</summary>
/// <remarks>VLA-RL, Lu et al. 2025, arXiv:2505.18719, section 3.3: r_t = r_t(sparse) + r_t(process).</remarks>
public static class ProcessReward
{
    /// <summary>The reward of every step.</summary>
    /// <param name="sparse">What the environment pays at each step.</param>
    /// <param name="done">What the classifier says after each step: 0 or 1, or a probability; null where it could not say, which pays nothing.</param>
    /// <param name="weight">What a step that looks done earns.</param>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public static double[] PerStep(IReadOnlyList<double> sparse, IReadOnlyList<double?> done, double weight = 1) =>
        sparse.Count == done.Count ? [.. sparse.Zip(done, (paid, seen) => paid + (weight * (seen ?? 0)))]
            : throw new ArgumentException($"{sparse.Count} rewards and {done.Count} observations must be as many", nameof(done));

    /// <summary>What is earned from each step on: G_t = r_t + gamma G_(t+1).</summary>
    /// <param name="rewards">Of each step.</param>
    /// <param name="gamma">0 to 1.</param>
    public static double[] Returns(IReadOnlyList<double> rewards, double gamma = 1)
    {
        var returns = new double[rewards.Count];
        double after = 0;
        for (int t = rewards.Count - 1; t >= 0; t--)
            returns[t] = after = rewards[t] + (gamma * after);
        return returns;
    }

    /// <summary>
    /// Labels for a classifier from a trajectory that ended well: it is split where the scene changes, and the steps of each part
    /// that stand still before its end are taken as done.
    /// </summary>
    /// <remarks>In the paper a part ends where the gripper opens or closes, and a step stands still where its speed is near 0; for
    /// screens, where the page changes and where it is stable.</remarks>
    /// <param name="ends">Whether a part ends at each step.</param>
    /// <param name="still">Whether nothing moves at each step.</param>
    /// <returns>Whether each step counts as done.</returns>
    public static bool[] PseudoLabels(IReadOnlyList<bool> ends, IReadOnlyList<bool> still)
    {
        var labels = new bool[ends.Count];
        bool before = false;        // of the steps right before an end, without one that moves between
        for (int t = ends.Count - 1; t >= 0; t--)
        {
            before = still[t] && (ends[t] || before);
            labels[t] = before;
        }
        return labels;
    }
}

/// <summary>A vision-language model that answers "is the task done" with yes or no.</summary>
/// <remarks>
/// VLA-RL fine-tunes the model on such answers (<c>./vlm sft</c>, with the question of <see cref="Question"/>) and reads 2 tokens, greedily. The
/// answer is read as yes-no rewards read it; what is neither is not known.
/// </remarks>
/// <param name="model">Answers; borrowed.</param>
/// <param name="batch">Observations read together, at least 1.</param>
public sealed class VlmSuccessClassifier(VisionLanguageModel model, int batch = 16) : ISuccessClassifier
{
    private static readonly Sampling s_short = new() { Greedy = true, MaxNewTokens = 4 };

    /// <summary>The question about an instruction.</summary>
    public static string Question(string instruction) => $"The task: {instruction} Is the task done? Answer yes or no.";

    /// <inheritdoc/>
    public Task<IReadOnlyList<double?>> ClassifyAsync(IReadOnlyList<Observation> observations, CancellationToken cancel = default)
    {
        var found = new List<double?>();
        foreach (Observation[] part in observations.Chunk(batch))
        {
            Prompt[] prompts = [.. part.Select(one => model.Prompt(Example.Ask(
                [Message.User(Question(one.Instruction), one.Images.Count)], one.Images, one.Id)))];
            found.AddRange(model.Sampler.Sample(prompts, 1, s_short, default, cancel).Select(answer => Read(answer.Text)));
        }
        return Task.FromResult<IReadOnlyList<double?>>(found);
    }

    private static double? Read(string text) =>
        YesNo.Score(AnswerFormat.Auto.Read(text), "yes").Value == 1 ? 1 : YesNo.Score(AnswerFormat.Auto.Read(text), "no").Value == 1 ? 0 : null;
}
