using System.Globalization;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>Finds before the first step which examples a run could not use: rewards that do not take them, prompts too long.</summary>
/// <param name="limits">How prompts are made, and how long they may be.</param>
/// <param name="rewards">What is paid in place of what the data says.</param>
/// <param name="room">Tokens that an example needs after its prompt.</param>
/// <param name="skip">Most that are left out, and counted; one more stops.</param>
internal sealed class ExampleCheck(PromptLimits limits, RunRewards rewards, Func<Example, int> room, int skip)
{
    private const int Shown = 5;
    private readonly List<UsageException> _skipped = [];
    private int _longest, _images;

    /// <summary>The examples that can be used.</summary>
    /// <exception cref="UsageException">More cannot be used than may be left out; the first is named.</exception>
    public IEnumerable<Example> Keep(IEnumerable<Example> examples)
    {
        foreach ((Example example, int tokens, int images, UsageException? problem) in examples.AsParallel().AsOrdered().Select(Fit))
        {
            if (problem is null)
            {
                if (tokens > _longest)
                    (_longest, _images) = (tokens, images);
                yield return example;
                continue;
            }

            _skipped.Add(problem);
            if (_skipped.Count > skip)
                throw skip == 0 ? problem : new UsageException(
                    $"{_skipped.Count} rows cannot be used, and {skip} may be left out; the last: {problem.Message}", problem.Where, problem.Fix);
        }
    }

    /// <summary>The prompt of an example, with the rewards of the run.</summary>
    public Prompt Ask(Example example) => limits.Ask(rewards.On(example));

    /// <summary>The prompt of an example that has the rewards of the run already.</summary>
    public Prompt AskAgain(Example example) => limits.Ask(example);

    /// <summary>Says what was left out, and how long prompts are.</summary>
    public void Say(Run run)
    {
        if (_longest > 0)
            run.Say(string.Create(CultureInfo.InvariantCulture,
                $"the longest prompt has {_longest:N0} tokens, {_images:N0} of them for images; the model takes {limits.Model.MaxPositions:N0}"));
        if (_skipped.Count > 0)
            run.Say($"{_skipped.Count} rows are left out:");
        foreach (UsageException problem in _skipped.Take(Shown))
            run.Say($"  {problem.Where}: {problem.Message}");
        if (_skipped.Count > Shown)
            run.Say($"  and {_skipped.Count - Shown} more");
    }

    private PromptFit Fit(Example example)
    {
        try
        {
            return limits.Fit(rewards.On(example), room(example)) with { Example = example };
        }
        catch (UsageException problem)
        {
            return new(example, 0, 0, problem);
        }
    }
}
