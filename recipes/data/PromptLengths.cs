using System.Globalization;
using Vlm;
using Vlm.Images;
using Vlm.Models;

/// <summary>A prompt that does not fit.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Reason">Why.</param>
sealed record UnfitPrompt(string Id, string Reason);

/// <summary>How long the prompts of a data set are, in the tokens of a model.</summary>
/// <param name="Tokens">Of each that could be made, the shortest first.</param>
/// <param name="ImageTokens">Of those, places of image features.</param>
/// <param name="Unfit">Prompts that do not fit.</param>
/// <param name="Most">The limit.</param>
sealed record PromptLengths(int[] Tokens, int[] ImageTokens, IReadOnlyList<UnfitPrompt> Unfit, int Most)
{
    private const int MostListed = 10;

    /// <summary>Makes each prompt, as training does, and forgets it.</summary>
    /// <param name="examples">The data set.</param>
    /// <param name="facts">The model, without its weights.</param>
    /// <param name="decode">How large images are seen.</param>
    /// <param name="most">The most tokens of a prompt; null for the model's context.</param>
    /// <param name="cancel">Stops.</param>
    public static PromptLengths Of(
        IEnumerable<Example> examples, ModelFacts facts, DecodeOptions decode, int? most, CancellationToken cancel)
    {
        int limit = Math.Min(most ?? int.MaxValue, facts.Model.MaxPositions - 1);
        (var tokens, var images, var unfit) = (new List<int>(), new List<int>(), new List<UnfitPrompt>());
        foreach (Example example in examples)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                int[] prompt = facts.Processor.Prompt(example, decode).Tokens;
                int seen = prompt.Count(token => token == facts.Model.ImageToken);
                tokens.Add(prompt.Length);
                images.Add(seen);
                if (prompt.Length > limit)
                    unfit.Add(new(example.Id, string.Create(CultureInfo.InvariantCulture,
                        $"{prompt.Length} tokens, {seen} of them of images; at most {limit}")));
            }
            catch (UsageException problem)
            {
                unfit.Add(new(example.Id, problem.Message));
            }
        }

        return new([.. tokens.Order()], [.. images.Order()], unfit, limit);
    }

    /// <summary>As it is printed.</summary>
    public IEnumerable<string> Lines()
    {
        if (Tokens.Length > 0)
            yield return $"tokens of a prompt: {Quantiles(Tokens)}; of images: {Quantiles(ImageTokens)}; at most {Most.ToString(CultureInfo.InvariantCulture)}";
        if (Unfit.Count == 0)
            yield return "every prompt fits";
        else
            yield return string.Create(CultureInfo.InvariantCulture, $"{Unfit.Count} prompts do not fit; --max-pixels makes images smaller:");
        foreach (UnfitPrompt prompt in Unfit.Take(MostListed))
            yield return $"  {prompt.Id}: {prompt.Reason}";
        if (Unfit.Count > MostListed)
            yield return string.Create(CultureInfo.InvariantCulture, $"  and {Unfit.Count - MostListed} more");
    }

    private static string Quantiles(int[] sorted) => string.Create(CultureInfo.InvariantCulture,
        $"least {sorted[0]}, median {At(sorted, 0.5)}, 90 % {At(sorted, 0.9)}, 99 % {At(sorted, 0.99)}, most {sorted[^1]}");

    private static int At(int[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
}
