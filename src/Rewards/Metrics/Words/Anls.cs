using System.Globalization;
using System.Text;

namespace Vlm.Rewards;

/// <summary>Average normalised Levenshtein similarity of an answer with the nearest truth: DocVQA, InfographicVQA, ST-VQA.</summary>
/// <remarks>
/// Biten et al. 2019, arXiv:1907.00490, equation 1: 1 - distance / longer length, 0 below one half. Sources: the scorer of the Robust
/// Reading Competition, as QwenLM/Qwen-VL keeps it, eval_mm/infographicsvqa_eval.py; lmms-eval, lmms_eval/api/metrics.py (anls);
/// VLMEvalKit, vlmeval/dataset/utils/vqa_eval.py (anls_compute): the same rules. The distance is of texts in lower case with single
/// spaces; the length it is divided by is of the texts as they came. Exactly one half counts, which the paper's formula would not let.
/// </remarks>
public static class Anls
{
    private const double Least = 0.5;

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truths">True answers, of which the nearest counts.</param>
    /// <returns>0, or 0.5 to 1.</returns>
    /// <exception cref="ArgumentException">There is no truth.</exception>
    public static Score Score(string answer, IReadOnlyList<string> truths)
    {
        if (truths.Count == 0)
            throw new ArgumentException("there is no true answer", nameof(truths));
        double similarity = 1 - truths.Min(truth => Distance(answer, truth));
        return similarity < Least ? Rewards.Score.Zero("less than half alike")
            : new(similarity, string.Create(CultureInfo.InvariantCulture, $"{similarity:0.00} alike"));
    }

    // Of the longer of both as they came; 1 where more than half of it must differ, without counting how much.
    private static double Distance(string answer, string truth)
    {
        int length = Math.Max(PythonText.UpperLength(truth), PythonText.UpperLength(answer));
        Rune[] said = Runes(answer), right = Runes(truth);
        int least = Math.Abs(said.Length - right.Length);
        return length == 0 ? 0 : 2 * least > length ? 1 : (double)Edits(said, right) / length;
    }

    private static Rune[] Runes(string text) => [.. string.Join(' ', PythonText.Split(PythonText.Lower(text))).EnumerateRunes()];

    /// <summary>Levenshtein's distance of two texts in code points, as they are.</summary>
    internal static int Edits(string a, string b) => Edits([.. a.EnumerateRunes()], [.. b.EnumerateRunes()]);

    // Levenshtein 1966; one row of the table at a time.
    private static int Edits(Rune[] a, Rune[] b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
                (diagonal, row[j + 1]) = (row[j + 1], a[i] == b[j] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[j + 1], row[j])));
        }

        return row[^1];
    }
}
