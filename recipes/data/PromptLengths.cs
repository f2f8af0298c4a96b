using System.Globalization;
using Recipes.Cli;
using Vlm;

/// <summary>How long the prompts of a data set are, in the tokens of a model.</summary>
/// <param name="Fits">Of each example.</param>
/// <param name="Limits">How they are made.</param>
sealed record PromptLengths(IReadOnlyList<PromptFit> Fits, PromptLimits Limits)
{
    private const int MostListed = 10;

    /// <summary>Those that cannot be used.</summary>
    public IReadOnlyList<PromptFit> Unfit { get; } = [.. Fits.Where(fit => fit.Problem is not null)];

    /// <summary>Makes each prompt, as training does, and forgets it.</summary>
    public static PromptLengths Of(IEnumerable<Example> examples, PromptLimits limits, CancellationToken cancel) =>
        new([.. examples.AsParallel().AsOrdered().WithCancellation(cancel).Select(example => limits.Fit(example, room: 1))], limits);

    /// <summary>As it is printed.</summary>
    public IEnumerable<string> Lines()
    {
        PromptFit[] made = [.. Fits.Where(fit => fit.Tokens > 0)];
        if (made.Length > 0)
            yield return $"tokens of a prompt: {Quantiles(made.Select(fit => fit.Tokens))}; of images: {Quantiles(made.Select(fit => fit.ImageTokens))}; "
                + string.Create(CultureInfo.InvariantCulture, $"at most {Math.Min(Limits.Longest ?? int.MaxValue, Limits.Model.MaxPositions - 1)}");
        if (Unfit.Count == 0)
            yield return "every prompt fits";
        else
            yield return string.Create(CultureInfo.InvariantCulture, $"{Unfit.Count} prompts do not fit; --max-pixels makes images smaller:");
        foreach (UsageException problem in Unfit.Take(MostListed).Select(fit => fit.Problem!))
            yield return $"  {problem.Where}: {problem.Message}";
        if (Unfit.Count > MostListed)
            yield return string.Create(CultureInfo.InvariantCulture, $"  and {Unfit.Count - MostListed} more");
    }

    private static string Quantiles(IEnumerable<int> numbers)
    {
        int[] sorted = [.. numbers.Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"least {sorted[0]}, median {At(sorted, 0.5)}, 90 % {At(sorted, 0.9)}, 99 % {At(sorted, 0.99)}, most {sorted[^1]}");
    }

    private static int At(int[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
}
