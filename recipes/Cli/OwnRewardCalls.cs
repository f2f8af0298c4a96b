using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Vlm;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>Calls a function of a user, and says what went wrong with it: nothing is turned into a score.</summary>
/// <param name="function">What is called.</param>
/// <param name="timeout">The most that one call may take. One that takes longer is left behind on a thread of its own.</param>
internal sealed class OwnRewardCalls(OwnFunction function, TimeSpan timeout)
{
    /// <summary>What the answers of a step earn.</summary>
    /// <exception cref="UsageException">The function threw, took too long, or gave a number that is not finite.</exception>
    public IReadOnlyList<Score> Score(IReadOnlyList<Answer> answers, IReadOnlyList<Truth> truths)
    {
        var scores = new Score[answers.Count];
        if (function.IsBatch)
            scores = [.. Watched(_ => function.Call(answers, truths), 1, answers)[0]];
        else
            scores = [.. Watched(i => function.Call(answers[i], truths[i]), scores.Length, answers)];
        for (int i = 0; i < scores.Length; i++)
            if (!double.IsFinite(scores[i].Value))
                throw new UsageException(
                    string.Create(CultureInfo.InvariantCulture, $"{function.Name} gave {scores[i].Value}"),
                    $"{function.File}, example {answers[i].Id}", "a finite number for every answer, 0 for what is worthless");
        return scores;
    }

    // Makes the calls on a thread of their own, one after the other, and looks at the clock of each.
    private T[] Watched<T>(Func<int, T> call, int calls, IReadOnlyList<Answer> answers)
    {
        var results = new T[calls];
        (long started, int at) = (Stopwatch.GetTimestamp(), 0);
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(Work) { IsBackground = true, Name = $"reward {function.Name}" };
        thread.Start();
        while (!thread.Join(Left()))
            if (Left() == TimeSpan.Zero)
                throw new UsageException(
                    string.Create(CultureInfo.InvariantCulture, $"{function.Name} took longer than {timeout.TotalSeconds:0.###} seconds, and was stopped"),
                    Where(answers, Volatile.Read(ref at), null), "a function that ends sooner, or a longer --reward-timeout");
        thrown?.Throw();
        return results;

        TimeSpan Left()
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(Volatile.Read(ref started));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        void Work()
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            try
            {
                for (int i = 0; i < calls; i++)
                {
                    Volatile.Write(ref at, i);
                    Volatile.Write(ref started, Stopwatch.GetTimestamp());
                    results[i] = call(i);
                }
            }
            catch (Exception error)
            {
                // Thrown again where the reward was asked for; the user's own as what the user can mend.
                thrown = ExceptionDispatchInfo.Capture(OfUser(error) is { } own ? Thrown(own, answers, at) : error);
            }
        }
    }

    // What the user's function threw: a call's inner exception, or one that passed through it as its list was read.
    private Exception? OfUser(Exception error) => error switch
    {
        UsageException => null,
        TargetInvocationException { InnerException: { } inner } => inner,
        _ => Line(error) is null ? null : error,
    };

    private UsageException Thrown(Exception error, IReadOnlyList<Answer> answers, int at) => new(
        $"{function.Name} threw {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}", Where(answers, at, Line(error)),
        "a function that gives 0 for an answer it cannot read, an empty one too");

    private string Where(IReadOnlyList<Answer> answers, int at, int? line) => function.File
        + (line is { } number ? $"({number})" : "")
        + (function.IsBatch ? $", {answers.Count} examples from {answers[0].Id} on" : $", example {answers[at].Id}");

    private int? Line(Exception error) => new StackTrace(error, fNeedFileInfo: true).GetFrames()
        .FirstOrDefault(frame => frame.GetMethod()?.Module.Assembly == function.Method.Module.Assembly && frame.GetFileLineNumber() > 0)
        ?.GetFileLineNumber();
}
