namespace Vlm.Grpo;

/// <summary>The trackers of a run. What they throw is said and ends nothing: days of training are worth more than a view of them.</summary>
/// <param name="trackers">Those it is handed to.</param>
/// <param name="say">Shows a line.</param>
internal sealed class TrackerSet(IReadOnlyList<ITracker> trackers, Action<string> say)
{
    private const int Shown = 4;     // questions of an evaluation, groups of a step

    private readonly List<ITracker> _listening = [.. trackers];
    private (long Step, IReadOnlyList<Sample[]> Groups)? _sampled;
    private bool _ended;

    /// <summary>The run begins. What a tracker throws here is thrown on: nothing has been learned yet.</summary>
    public void Start(TrackedRun run)
    {
        foreach (ITracker tracker in trackers)
            tracker.Start(run);
    }

    /// <summary>A step was logged.</summary>
    public void Log(TrackedStep step) => Tell(step.Step, tracker => tracker.Step(step));

    /// <summary>A step's samples, of which a few are handed over where a checkpoint follows.</summary>
    public void Sampled(long step, Batch batch)
    {
        if (_listening.Count > 0)
            _sampled = (step, [.. batch.Groups.Take(Shown).Select(group => group.Select(i => batch[i]).ToArray())]);
    }

    /// <summary>An evaluation: the same few questions each time.</summary>
    public void Answered(long step, string moment, IReadOnlyList<(Example Example, ScoredAnswer Answer)> answers)
    {
        int shown = Math.Min(Shown, answers.Count);
        Tell(step, () => new(step, "held_out", moment, [.. Enumerable.Range(0, shown)
            .Select(i => TrackedQuestions.Of(answers[(int)((long)i * answers.Count / shown)]))]));
    }

    /// <summary>Hands over what was sampled last, once.</summary>
    public void Checkpoint(long step)
    {
        if (_sampled is { } sampled)
            Tell(sampled.Step, () => new(sampled.Step, "rollouts", "training", [.. sampled.Groups.Select(TrackedQuestions.Of)]));
        _sampled = null;
        Tell(step, tracker => tracker.Flush());
    }

    /// <summary>Nothing comes any more. One that failed may close what it holds; what it throws then was said before.</summary>
    public void End(long step, bool finished)
    {
        if (_ended)
            return;
        _ended = true;
        ITracker[] failed = [.. trackers.Except(_listening)];
        Tell(step, tracker => tracker.End(finished));
        foreach (ITracker tracker in failed)
            Try(() => tracker.End(finished: false));
    }

    // Pictures are drawn where someone gets them, and for all at once.
    private void Tell(long step, Func<TrackedAnswers> make)
    {
        var answers = new Lazy<TrackedAnswers>(make);
        Tell(step, tracker => tracker.Answers(answers.Value));
    }

    private void Tell(long step, Action<ITracker> tell)
    {
        foreach (ITracker tracker in _listening.ToArray())
            if (Try(() => tell(tracker)) is { } error)
            {
                _listening.Remove(tracker);
                say(FormattableString.Invariant(
                    $"{tracker.Name} failed at step {step} and gets nothing more of this run: {error.Message.ReplaceLineEndings(" ")}"));
            }
    }

    private static Exception? Try(Action act)
    {
        try
        {
            act();
            return null;
        }
#pragma warning disable CA1031 // whatever a tracker meets, training must not end by it
        catch (Exception error)
#pragma warning restore CA1031
        {
            return error;
        }
    }
}
