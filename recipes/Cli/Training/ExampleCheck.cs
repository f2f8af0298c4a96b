using System.Globalization;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>Finds before the first step which examples a run could not use: rewards that do not take them, prompts too long.</summary>
/// <param name="model">Whose context the prompts must fit.</param>
/// <param name="longest">Most tokens of a prompt; null for what the context leaves.</param>
/// <param name="seen">Frames and sizes.</param>
/// <param name="rewards">What is paid in place of what the data says.</param>
/// <param name="room">Tokens that an example needs after its prompt.</param>
/// <param name="skip">Most that are left out, and counted; one more stops.</param>
internal sealed class ExampleCheck(
    VisionLanguageModel model, int? longest, SeenOptions seen, RunRewards rewards, Func<Example, int> room, int skip)
{
    private const int Shown = 5;
    private readonly List<UsageException> _skipped = [];
    private int _longest, _images;

    /// <summary>The examples that can be used.</summary>
    /// <exception cref="UsageException">More cannot be used than may be left out; the first is named.</exception>
    public IEnumerable<Example> Keep(IEnumerable<Example> examples)
    {
        foreach ((Example example, int tokens, int images, UsageException? problem) in examples.AsParallel().AsOrdered().Select(Look))
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
    public Prompt Ask(Example example) => model.Prompt(rewards.On(example), seen.Decode, seen.BoxFrame);

    /// <summary>Says what was left out, and how long prompts are.</summary>
    public void Say(Run run)
    {
        if (_longest > 0)
            run.Say(string.Create(CultureInfo.InvariantCulture,
                $"the longest prompt has {_longest:N0} tokens, {_images:N0} of them for images; the model takes {model.MaxPositions:N0}"));
        if (_skipped.Count > 0)
            run.Say($"{_skipped.Count} rows are left out:");
        foreach (UsageException problem in _skipped.Take(Shown))
            run.Say($"  {problem.Where}: {problem.Message}");
        if (_skipped.Count > Shown)
            run.Say($"  and {_skipped.Count - Shown} more");
    }

    private (Example, int, int, UsageException?) Look(Example example)
    {
        try
        {
            Prompt prompt = Ask(example);
            int images = prompt.Tokens.Count(token => token == model.Checkpoint!.Model.ImageToken);
            Require(prompt, images);
            return (example, prompt.Tokens.Length, images, null);
        }
        catch (UsageException problem)
        {
            return (example, 0, 0, problem);
        }
    }

    private void Require(Prompt prompt, int images)
    {
        int tokens = prompt.Tokens.Length, need = room(prompt.Example), most = Math.Min(longest ?? int.MaxValue, model.MaxPositions - need);
        if (tokens <= most)
            return;
        string text = string.Create(CultureInfo.InvariantCulture, $"the prompt has {tokens} tokens, {images} of them for images");
        throw new UsageException(
            longest < model.MaxPositions - need
                ? $"{text}, and the longest may have {longest}"
                : $"{text}, and needs {need} for its answer; the model takes {model.MaxPositions}",
            $"record {prompt.Id}",
            tokens - images > most ? "a shorter question, or --skip-bad: its words alone are too long for any --max-pixels"
            : "--max-pixels with a smaller number, --skip-bad to leave such rows out");
    }
}
