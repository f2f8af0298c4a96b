namespace Vlm.Grpo.Tests;

/// <summary>Questions are answered in batches, their pictures decoded before; what was answered is not asked again.</summary>
public sealed class AnswerStreamTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-answers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_question_is_answered_in_order_with_its_pictures_made_and_none_kept()
    {
        var sampler = new Echo();
        Rollout[] answers = Ask(sampler, Prompts(7), samples: 2, batch: 3);

        Assert.Equal([.. Enumerable.Range(0, 14).Select(i => $"q{i / 2} {i % 2}")], answers.Select(answer => answer.Text));
        Assert.Equal([3, 3, 1], sampler.Asked.Select(part => part.Length));
        Assert.All(sampler.Asked.SelectMany(part => part), (prompt, i) => Assert.Equal([i, i + 1f], prompt.Pixels!.Values()));
        Assert.Equal(7, _made);                                                // and not again where a sampler looks
        Assert.All(answers, answer => Assert.Same(answers[2 * int.Parse(answer.Prompt.Id[1..])].Prompt, answer.Prompt));
        Assert.DoesNotContain(answers, answer => sampler.Asked.Any(part => part.Contains(answer.Prompt)));
    }

    [Fact]
    public void No_more_than_a_batch_is_read_before_it_is_needed()
    {
        (int read, int most) = (0, 0);
        IEnumerable<Prompt> Counted()
        {
            foreach (Prompt prompt in Prompts(40))
            {
                read++;
                yield return prompt;
            }
        }

        int answered = 0;
        using var journal = AnswerJournal.At(_folder.FullName);
        foreach (Rollout[] part in Stream(new Echo(), 1, 4, journal).Ask("", Counted()))
        {
            Thread.Sleep(5);                                                   // time to run ahead, if it would
            answered += part.Length;
            most = Math.Max(most, Volatile.Read(ref read) - answered);
        }

        Assert.InRange(most, 4, 12);        // one that waits, one that is being made, and the first of the next
        Assert.Equal(40, answered);
    }

    [Fact]
    public void A_stopped_run_goes_on_where_it_was_in_the_same_batches()
    {
        Rollout[] whole = Ask(new Echo(), Prompts(10), samples: 2, batch: 4);
        File.Delete(Journal);
        using (var journal = AnswerJournal.At(_folder.FullName))
            Assert.Equal(8, Stream(new Echo(), 2, 4, journal).Ask("", Prompts(10)).First().Length);
        File.AppendAllText(Journal, "{\"Task\":\"\",\"Answers\":[{\"Id\":\"q4\"");      // killed while it wrote
        var sampler = new Echo();
        Rollout[] resumed = Ask(sampler, Prompts(10), samples: 2, batch: 4);

        Assert.Equal(["q4 q5 q6 q7", "q8 q9"], sampler.Asked.Select(part => string.Join(' ', part.Select(prompt => prompt.Id))));
        Assert.Equal([4, 8], sampler.Keys.Select(key => key.FirstPrompt));
        Assert.Equal(Texts(whole), Texts(resumed));
        using (var journal = AnswerJournal.At(_folder.FullName))
            Assert.Equal(20, journal.Kept(""));

        static string[] Texts(Rollout[] rollouts) => [.. rollouts.Select(rollout => string.Join(' ', [
            rollout.Text, rollout.Member, rollout.Stop, .. rollout.Tokens, .. rollout.Actions, .. rollout.LogProbs]))];
    }

    [Fact]
    public void A_bad_picture_is_told_once_what_comes_before_it_is_answered_and_kept()
    {
        Prompt[] prompts = Prompts(6);
        prompts[4] = prompts[4] with { Pixels = new PixelInput([2], [], _ => throw new UsageException("no picture", "record q4", "another")) };
        using (var journal = AnswerJournal.At(_folder.FullName))
        {
            var given = new List<Rollout>();
            UsageException error = Assert.Throws<UsageException>(() =>
            {
                foreach (Rollout[] part in Stream(new Echo(), 1, 2, journal).Ask("", prompts))
                    given.AddRange(part);
            });
            Assert.Equal(("record q4", 4), (error.Where, given.Count));
        }

        using var again = AnswerJournal.At(_folder.FullName);
        Assert.Equal(4, again.Kept(""));
    }

    [Fact]
    public void A_cancelled_run_keeps_what_it_has()
    {
        using var stop = new CancellationTokenSource();
        using (var journal = AnswerJournal.At(_folder.FullName))
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                foreach (Rollout[] _ in Stream(new Echo(), 1, 2, journal).Ask("", Prompts(20), stop.Token))
                    stop.Cancel();
            });
        using var again = AnswerJournal.At(_folder.FullName);
        Assert.Equal(2, again.Kept(""));
    }

    [Theory]
    [InlineData("x0", 1, 3, "answers were kept to q0, and the question in its place is x0")]
    [InlineData("q0", 2, 3, "and the question in its place is q0 in other words")]
    [InlineData("q0", 1, 1, "answers were kept to q1, and this question is not asked any more")]
    public void Answers_to_other_questions_are_refused(string id, int token, int count, string problem)
    {
        Ask(new Echo(), Prompts(3), samples: 1, batch: 3);
        Prompt[] others = Prompts(count);
        others[0] = new Prompt(id, "", [token], others[0].Pixels, []);

        UsageException error = Assert.Throws<UsageException>(() => Ask(new Echo(), others, samples: 1, batch: 3));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("--resume", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json\n")]
    [InlineData("{}\n")]
    [InlineData("null\n")]
    public void A_line_that_cannot_be_read_is_named(string line)
    {
        Ask(new Echo(), Prompts(2), samples: 1, batch: 1);
        File.AppendAllText(Journal, line);

        UsageException error = Assert.Throws<UsageException>(() => AnswerJournal.At(_folder.FullName));
        Assert.EndsWith("answers.jsonl, line 3", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_are_kept_apart_and_a_finished_run_keeps_nothing()
    {
        using (var journal = AnswerJournal.At(_folder.FullName))
            foreach (string task in (string[])["a", "b"])
                Assert.Equal(3, Stream(new Echo(), 1, 2, journal).Ask(task, Prompts(3)).Sum(part => part.Length));
        using var again = AnswerJournal.At(_folder.FullName);
        Assert.Equal((3, 3, 0), (again.Kept("a"), again.Kept("b"), again.Kept("c")));
        again.Delete();

        Assert.False(AnswerJournal.IsAt(_folder.FullName));
    }

    private int _made;

    private string Journal => Path.Combine(_folder.FullName, AnswerJournal.FileName);

    private Rollout[] Ask(ISampler sampler, Prompt[] prompts, int samples, int batch)
    {
        using var journal = AnswerJournal.At(_folder.FullName);
        return [.. Stream(sampler, samples, batch, journal).Ask("", prompts).SelectMany(part => part)];
    }

    private static AnswerStream Stream(ISampler sampler, int samples, int batch, AnswerJournal journal) =>
        new(sampler, new(), samples, batch, new SampleKey(1, 0), journal);

    private Prompt[] Prompts(int count) => [.. Enumerable.Range(0, count).Select(i => new Prompt($"q{i}", "", [1], new PixelInput([2], [], values =>
    {
        Interlocked.Increment(ref _made);
        (values[0], values[1]) = (i, i + 1);
    }), []))];

    // Answers with the question's id and the sample's number.
    private sealed class Echo : ISampler
    {
        public List<Prompt[]> Asked { get; } = [];

        public List<SampleKey> Keys { get; } = [];

        public Rollout[] Sample(IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            Asked.Add([.. prompts]);
            Keys.Add(key);
            return [.. prompts.SelectMany((prompt, p) => Enumerable.Range(0, group).Select(member => new Rollout(
                prompt, member, [key.FirstPrompt + p, 7], [member, 7], [-0.5f, float.NegativeInfinity], $"{prompt.Id} {member}", StopReason.Length)))];
        }

        public IAsyncEnumerable<int> StreamAsync(Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel) =>
            throw new NotSupportedException();
    }
}
