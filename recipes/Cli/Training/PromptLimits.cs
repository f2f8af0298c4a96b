using System.Globalization;
using Vlm;

namespace Recipes.Cli;

/// <summary>How long the prompt of an example is.</summary>
/// <param name="Example">The example.</param>
/// <param name="Tokens">Tokens of its prompt; 0 where none could be made.</param>
/// <param name="ImageTokens">Of those, places of image features.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
public sealed record PromptFit(Example Example, int Tokens, int ImageTokens, UsageException? Problem);

/// <summary>How prompts are made for a model, and how long they may be.</summary>
/// <param name="Processor">The model's.</param>
/// <param name="Model">Whose context they must fit; weights are not looked at.</param>
/// <param name="Seen">Frames and sizes.</param>
/// <param name="Longest">Most tokens of a prompt; null for what the context leaves.</param>
public sealed record PromptLimits(IPromptProcessor Processor, IVisionLanguageModel Model, SeenOptions Seen, int? Longest)
{
    /// <summary>The prompt of an example.</summary>
    /// <exception cref="UsageException">As <see cref="IPromptProcessor.Prompt"/>, or its box cannot be brought to the frame.</exception>
    public Prompt Ask(Example example) => Processor.Prompt(example, Seen.Decode, Seen.BoxFrame);

    /// <summary>Makes a prompt, and says whether it fits.</summary>
    /// <param name="example">The example.</param>
    /// <param name="room">Tokens that it needs after its prompt.</param>
    public PromptFit Fit(Example example, int room)
    {
        try
        {
            Prompt prompt = Ask(example);
            int images = prompt.Tokens.Count(token => token == Model.ImageToken);
            return new(example, prompt.Tokens.Length, images, Problem(prompt, images, room));
        }
        catch (UsageException problem)
        {
            return new(example, 0, 0, problem);
        }
    }

    private UsageException? Problem(Prompt prompt, int images, int room)
    {
        int tokens = prompt.Tokens.Length, left = Model.MaxPositions - room, most = Math.Min(Longest ?? int.MaxValue, left);
        if (tokens <= most)
            return null;
        string text = string.Create(CultureInfo.InvariantCulture, $"the prompt has {tokens} tokens, {images} of them for images");
        return new UsageException(
            Longest < left ? $"{text}, and the longest may have {Longest}"
                : $"{text}, and needs {room} for its answer; the model takes {Model.MaxPositions}",
            $"record {prompt.Id}",
            tokens - images > most ? "a shorter question, or --skip-bad: its words alone are too long for any --max-pixels"
                : "--max-pixels with a smaller number, --skip-bad to leave such rows out");
    }
}
