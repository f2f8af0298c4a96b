using System.Globalization;
using Vlm;
using Vlm.Rewards;

/// <summary>The truth that was typed.</summary>
static class OneTruth
{
    /// <summary>An example of nothing but this truth.</summary>
    /// <exception cref="UsageException">It is no truth of its kind.</exception>
    public static Example Example(RewardToolOptions options)
    {
        string where = options.Truth is null ? $"--box {options.Box}" : $"--truth {options.Truth}";
        string kind = options.Kind ?? options.Reading.AnswerType ?? Looks(options);
        Truth truth = TruthKind.Table.Find(kind, options.Kind is null ? where : $"--kind {kind}").Read(new TruthColumns
        {
            Text = options.Truth,
            Choices = [.. options.Choices.SelectMany(choices => choices.Split(',', StringSplitOptions.TrimEntries))],
            Box = Numbers("--box", options.Box),
            Frame = options.Reading.Frame?.ToString(),
            FrameSize = Numbers("--frame-size", options.FrameSize),
            Where = where,
        });
        return new("text", kind, [], [Message.User("")], truth, options.Truth ?? options.Box ?? "");
    }

    private static string Looks(RewardToolOptions options) => options.Box is not null ? "region"
        : options.Choices.Length > 0 ? "choice" : Truth.Number.TryParse(options.Truth, out _) ? "number" : "word";

    private static double[]? Numbers(string option, string? text)
    {
        string[] words = text?.Trim('[', ']', '(', ')').Split(',') ?? [];
        double[] numbers = [.. words.Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        return text is null ? null : numbers.All(double.IsFinite) ? numbers : throw new UsageException(
            $"'{text}' is not numbers parted by commas", $"{option} {text}", $"{option} {(option == "--box" ? "40,30,60,40" : "640,480")}");
    }
}
