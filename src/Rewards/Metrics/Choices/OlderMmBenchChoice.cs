namespace Vlm.Rewards;

/// <summary>MMBench's reading of a choice as lmms-eval still has it.</summary>
/// <remarks>
/// lmms-eval, lmms_eval/tasks/mmbench/mmbench_evals.py (can_infer): the one letter A to E that is a word between white space, unless an
/// A is one of more than three words; else the one letter with the same signs about it, tried in a fixed order; else the one option
/// whose text the answer contains, however long. Letters that are no option's count too.
/// </remarks>
internal static class OlderMmBenchChoice
{
    private const string Letters = "ABCDE";
    private const int FewWords = 3;

    private static readonly (string Before, string Behind)[] s_signs =
    [
        ("", "."), ("", ","), ("", ":"), ("", ")"), ("", ")."), ("(", ")"), ("(", ")."),
        (":", ""), (":", ","), (":", "."), (":", ")"), (":", ")."),
    ];

    public static ReadChoice Read(string answer, IReadOnlyList<string> options) =>
        ByLetter(answer) is { } letter ? new(letter, "its letter") : MmBenchChoice.ByText(answer, options, int.MaxValue);

    private static char? ByLetter(string answer)
    {
        if (answer.Contains("Failed to obtain answer via API", StringComparison.Ordinal))
            return null;
        List<string> words = PythonText.Split(answer);
        var said = words.ToHashSet(StringComparer.Ordinal);
        return Only("", "") is { } alone && !(said.Contains("A") && words.Count > FewWords)
            ? alone : s_signs.Select(signs => Only(signs.Before, signs.Behind)).FirstOrDefault(found => found is not null);

        char? Only(string before, string behind) =>
            Letters.Where(letter => said.Contains($"{before}{letter}{behind}")).ToArray() is [var only] ? only : null;
    }
}
