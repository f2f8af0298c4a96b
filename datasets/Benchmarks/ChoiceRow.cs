using System.Globalization;
using System.Text.RegularExpressions;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Finds options and the right one in rows of multiple-choice benchmarks.</summary>
internal static partial class ChoiceRow
{
    private const int Most = 26;

    /// <summary>The columns of options: a list, or one for each.</summary>
    public static IReadOnlyList<BenchmarkColumn> Options { get; } =
    [
        new("choices", "options", "choices") { IsOptional = true },
        .. "ABCDEFGHIJ".Select(letter => new BenchmarkColumn(
            $"option {letter}", letter.ToString(), $"choice_{char.ToLowerInvariant(letter)}", $"option_{char.ToLowerInvariant(letter)}")
        {
            IsOptional = true,
        }),
    ];

    /// <summary>Options with their letters, a line each.</summary>
    public static string Lines(IReadOnlyList<string> options) =>
        string.Join('\n', options.Select((option, i) => $"{(char)('A' + i)}. {option}"));

    /// <summary>True where a row has options.</summary>
    public static bool HasOptions(BenchmarkRow row) => Texts(row).Length > 1;

    /// <summary>The options of a row and the right one: its letter, or its text.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isNumber">A number is the option's, from 0.</param>
    /// <exception cref="UsageException">There are fewer than two, more than 26, or none of them is right.</exception>
    public static Truth.Choice Read(BenchmarkRow row, bool isNumber)
    {
        string[] options = Texts(row);
        if (options.Length is < 2 or > Most)
            throw row.Wrong($"the row has {options.Length} options", "two to 26 options, in a list or in columns A, B, C ...");
        return new(LetterOf(row, row.Text("answer"), options, isNumber), options);
    }

    /// <summary>The same, where the options may stand in the question: "Options: A: red, B: blue".</summary>
    public static Truth.Choice ReadOrWritten(BenchmarkRow row, string question)
    {
        if (Texts(row).Length > 1)
            return Read(row, isNumber: false);
        string[] options = [.. Written().Matches(question).Select(match => match.Groups["text"].Value.Trim().TrimEnd(','))];
        if (options.Length < 2)
            throw row.Wrong("the question names no options", "\"Options: A: red, B: blue\" in the question, or columns A, B, C ...");
        return new(LetterOf(row, row.Text("answer"), options, isNumber: false), options);
    }

    // Of a list "nan" and nothing are no options: files of TSV have four columns for two options.
    private static string[] Texts(BenchmarkRow row)
    {
        if (row.Has("choices"))
            return row.Texts("choices");
        string[] texts = [.. "ABCDEFGHIJ".Select(letter => row.TextOrNull($"option {letter}") ?? "")];
        return [.. texts.TakeWhile(text => text.Length > 0 && !text.Equals("nan", StringComparison.OrdinalIgnoreCase))];
    }

    private static char LetterOf(BenchmarkRow row, string answer, string[] options, bool isNumber)
    {
        string said = answer.Trim();
        int index = isNumber && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : said is [var letter] && char.IsAsciiLetter(letter) ? char.ToUpperInvariant(letter) - 'A' : Array.IndexOf(options, said);
        return index >= 0 && index < options.Length ? (char)('A' + index)
            : throw row.Wrong($"the answer '{ImageText.Short(answer)}' is none of the {options.Length} options", "the letter of an option");
    }

    [GeneratedRegex(@"(?<=Options:.*)\b(?<letter>[A-Z]): (?<text>.*?)(?=(?:,|\n|\s)\s*[A-Z]: |$)", RegexOptions.Singleline)]
    private static partial Regex Written();
}
