using System.Diagnostics;

namespace Vlm.Grpo;

/// <summary>
/// Asks a policy questions, several answers to each, a batch at a time: kept as they come, and not asked again in a resumed run.
/// </summary>
/// <param name="sampler">The policy.</param>
/// <param name="sampling">Greedy, for scores that repeat; anything else where several answers are wanted.</param>
/// <param name="samples">Answers to each question.</param>
/// <param name="batch">Questions read together; sets memory; answers change by rounding at most.</param>
/// <param name="key">Random streams, where actions are sampled.</param>
/// <param name="journal">Keeps the answers.</param>
public sealed class AnswerStream(ISampler sampler, Sampling sampling, int samples, int batch, SampleKey key, AnswerJournal journal)
{
    private readonly Stopwatch _answering = new();

    /// <summary>Time that the policy took.</summary>
    public TimeSpan Answering => _answering.Elapsed;

    /// <summary>Time for which the policy waited for questions and their pictures.</summary>
    public TimeSpan Waiting { get; private set; }

    /// <summary>Answers, a batch of questions at a time, those to one question side by side.</summary>
    /// <param name="task">Under what they are kept; empty where the run has no tasks.</param>
    /// <param name="prompts">Made as they are asked for, on another thread.</param>
    /// <param name="cancel">Looked at before each token.</param>
    /// <exception cref="UsageException">Kept answers are those of other questions, or a picture cannot be decoded.</exception>
    public IEnumerable<Rollout[]> Ask(string task, IEnumerable<Prompt> prompts, CancellationToken cancel = default)
    {
        using IEnumerator<Prompt> questions = prompts.GetEnumerator();
        int asked = 0;
        foreach (Prompt[] part in Some(questions, journal.Kept(task) / samples).Chunk(batch))
        {
            yield return [.. part.SelectMany(prompt => journal.Take(task, prompt, samples))];
            asked += part.Length;
        }

        journal.CheckTaken(task);
        var ahead = new PixelsAhead();
        foreach ((Prompt[] asRead, Prompt[] ready) in ahead.Of(Some(questions, int.MaxValue), batch, cancel))
        {
            Waiting = ahead.Waited;
            yield return Answers(task, asRead, ready, asked, cancel);
            asked += asRead.Length;
        }
    }

    // Their pixels go with the batch: what is kept has the prompts as they were read.
    private Rollout[] Answers(string task, Prompt[] asRead, Prompt[] ready, int first, CancellationToken cancel)
    {
        _answering.Start();
        Rollout[] answers = sampler.Sample(ready, samples, sampling, key with { FirstPrompt = first }, cancel);
        _answering.Stop();
        answers = [.. answers.Select((answer, i) => answer with { Prompt = asRead[i / samples] })];
        journal.Add(task, answers);
        return answers;
    }

    private static IEnumerable<Prompt> Some(IEnumerator<Prompt> questions, int most)
    {
        for (int i = 0; i < most && questions.MoveNext(); i++)
            yield return questions.Current;
    }
}
