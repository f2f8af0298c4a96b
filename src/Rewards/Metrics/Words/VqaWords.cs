using System.Text;

namespace Vlm.Rewards;

/// <summary>Answers of visual questions as scorers compare them: without most punctuation and articles, numbers as digits.</summary>
/// <remarks>
/// Antol et al. 2015, arXiv:1505.00468; GT-Vision-Lab/VQA, PythonEvaluationTools/vqaEvaluation/vqaEval.py (processPunctuation,
/// processDigitArticle); lmms-eval, lmms_eval/tasks/_task_utils/vqa_eval_metric.py; VLMEvalKit, vlmeval/smp/misc.py and
/// vlmeval/dataset/utils/vqa_eval.py. They differ in two places. Full stops: official and lmms-eval delete one that no digit follows,
/// so "3." is "3"; VLMEvalKit one that stands between no digits, so "3." stays. Thousands: "3,,000" is one number to lmms-eval alone.
/// All of them stop after 32 full stops, because re.UNICODE fell into the place of a count, and keep accents and apostrophes.
/// </remarks>
public static class VqaWords
{
    private const string Marks = ";/[]\"{}()=+\\_-><@`,?!";
    private const int MostFullStops = 32;

    // Right spellings; the words that are mended lack one of their apostrophes. The public table has capitals too ("Im"), which
    // never meet an answer in lower case.
    private const string Contractions = """
        ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd
        how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't
        'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've
        someone'll someone's something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've
        they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd where's where've
        who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd
        you'd've you'll you're you've
        """;

    private static readonly Dictionary<string, string> s_replaced = Replaced();

    /// <summary>An answer as VQAv2 and OK-VQA compare it.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="mode">Whose rules.</param>
    /// <example>"A red ball." is "red ball"; "Ten dogs" is "10 dogs"; "dont" is "don't".</example>
    public static string Normalize(string text, ScoringMode mode = ScoringMode.Official) =>
        WithoutArticles(WithoutMarks(OneLine(text), mode));

    /// <summary>
    /// An answer as TextVQA's processor of EvalAI compares it: commas and question marks go first, and "'s" becomes a word of its own.
    /// </summary>
    /// <remarks>facebookresearch/mmf, pythia/tasks/processors.py; lmms-eval, EvalAIAnswerProcessor.__call__.</remarks>
    public static string NormalizeTextVqa(string text)
    {
        string words = PythonText.Lower(text).Replace(",", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal)
            .Replace("'s", " 's", StringComparison.Ordinal);
        return WithoutArticles(WithoutMarks(OneLine(PythonText.Strip(words)), ScoringMode.LmmsEval));
    }

    internal static string OneLine(string text) => PythonText.Strip(text.Replace('\n', ' ').Replace('\t', ' '));

    // A mark beside a space vanishes, here or anywhere else in the text; one inside a word parts it; all vanish where a comma stands
    // between digits.
    internal static string WithoutMarks(string text, ScoringMode mode)
    {
        bool isNumber = HasThousands(text, mode == ScoringMode.LmmsEval);
        string vanishing = isNumber ? Marks : string.Concat(Marks.Where(mark =>
            text.Contains($"{mark} ", StringComparison.Ordinal) || text.Contains($" {mark}", StringComparison.Ordinal)));
        var kept = new StringBuilder(text.Length);
        foreach (char letter in text)
            if (!Marks.Contains(letter, StringComparison.Ordinal))
                kept.Append(letter);
            else if (!vanishing.Contains(letter, StringComparison.Ordinal))
                kept.Append(' ');
        return WithoutFullStops(kept.ToString(), mode == ScoringMode.VlmEvalKit);
    }

    private static string WithoutArticles(string text) => string.Join(' ', PythonText.Split(PythonText.Lower(text))
        .Select(word => s_replaced.GetValueOrDefault(word, word)).Where(word => word is not ("a" or "an" or "the")));

    private static bool HasThousands(string text, bool manyCommas)
    {
        for (int i = text.IndexOf(',', StringComparison.Ordinal); i > 0; i = text.IndexOf(',', i + 1))
        {
            int end = i + 1;
            while (manyCommas && end < text.Length && text[end] == ',')
                end++;
            if (char.IsDigit(text[i - 1]) && end < text.Length && char.IsDigit(text[end]))
                return true;
            i = end - 1;
        }

        return false;
    }

    private static string WithoutFullStops(string text, bool keepAfterDigit)
    {
        var kept = new StringBuilder(text.Length);
        int removed = 0;
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '.' && removed < MostFullStops && !(i + 1 < text.Length && char.IsDigit(text[i + 1]))
                && !(keepAfterDigit && i > 0 && char.IsDigit(text[i - 1])))
                removed++;
            else
                kept.Append(text[i]);
        return kept.ToString();
    }

    private static Dictionary<string, string> Replaced()
    {
        string[] numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        var words = numbers.Select((word, number) => (word, $"{number}")).ToDictionary();
        words["none"] = "0";
        foreach (string right in PythonText.Split(Contractions))
            for (int i = 0; i < right.Length; i++)
                if (right[i] == '\'')
                    words[right.Remove(i, 1)] = right;
        words["somebody'd"] = "somebodyd";      // the other way round in the public table
        return words;
    }
}
