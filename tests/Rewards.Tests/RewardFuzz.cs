using System.Text;
using Vlm.Rewards;

namespace Vlm.Testing;

/// <summary>Strings that a model might write, thrown at a row of <see cref="Reward.Table"/>.</summary>
internal static class RewardFuzz
{
    private const int Count = 200_000, Long = 1_000_000;

    // Whole answers, so that scanners which look for the last one meet many.
    private static readonly string[] s_repeated =
    [
        "\\boxed{7} ", "the answer is 7. ", "{\"answer\": \"7\"} ", "#### 7\n", "answer\n", "<think></think>", "<answer>7</answer>", "[1,2,", "(1,2),",
        "1 1/2 ", "12 345 ", "1,", "0.1e", "\\frac{1}{", "B. dog ", "B or ", "not a cat ", "one hundred and ", "x1=1 ", "<loc_1>", "e\u0301", "A ",
        "A, ", "B is correct, ", "not 7 ", "total: 7 ", "7 because ", "<analysis>", "</analysis>", "<solution>", "</solution>", "<answer ", "{\"option\": 1} ",
        "答：", "réponse ", "answer (", "_7_ ", "seven and a half ", "<loc0001>", "np.float64(1), ", "[np.", "x0=1 ", "<x1>1</x1>", "1, 2; ", "7½ ", "10³",
        "\\sqrt{", "\\frac{1}", "1^", "x+", "(1,", "{\"a\":", "{\"bbox_2d\": [0, 0, 1, 1], \"label\": \"x\"}, ", "{'a': [", "\\ud800", "[{", "cat [1, 2, 3, 4]; ",
        "ja nein ", "没有", "\u200b", "٥", "'", "one million, ", "is not sure ",
    ];

    // Answers besides the row's own example from which near misses are made. A row without any is tested all the same.
    private static readonly Dictionary<string, string[]> s_seeds = new()
    {
        ["number_match"] = ["\\boxed{1000}", "#### 1 000", "{\"answer\": 1000}", "\\frac{1000}{1}", "one thousand", "1e3", "100000%", "one", "answer: 1000.0"],
        ["relaxed_accuracy"] = ["999.5", "1e3"],
        ["true_false"] = ["not true", "False."],
        ["choice_match"] = ["B. dog, not a cat", "Option b", "\\boxed{\\text{B}}", "答案是B。", "B", "**B**", "A dog", "answer: b"],
        ["iou"] = ["<|box_start|>(41,30),(60,41)<|box_end|>", "{\"x1\": 41, \"y1\": 30, \"x2\": 60, \"y2\": 41}", "41 30 60. 4.1e1", "[41, 30, 60, 41]", "{\"bbox_2d\": [40, 30.5, 60, 40]}"],
        ["point_in_box"] = ["<point x=\"50\" y=\"35\">", "x=50, y=35", "[50, 35]", "{\"point\": [50, 35]}"],
        ["box_json"] = ["```json\n{\"bbox\": [1.5, 2, 3, 4]}\n```"],
        ["token_f1"] = ["a ball, <answer>red</answer>"],
        ["math_match"] = ["\\frac{\\sqrt{3}}{2}", "$\\sqrt{3}/2$", "\\frac12\\sqrt3", "x = \\sqrt{3}/2 \\text{ cm}", "\\sqrt{\\frac{3}{4}}", "(1, 2)", "2x + 1", "50\\%", "3^{-1/2}\\cdot 1.5"],
        ["word_repetition"] = ["a b c a b c a b c", "x x x x"],
        ["token_repetition"] = ["a b c a b c a b c", "x x x x"],
        ["vlm_r1_repetition"] = ["[{\"bbox_2d\": [0, 0, 1, 1], \"label\": \"x\"}, {\"bbox_2d\": [0, 0, 1, 1], \"label\": \"x\"}]", "a b c d e f a b c d e f a"],
        ["point_f1"] = ["[{\"point_2d\": [50, 35], \"label\": \"cat\"}]", "<point x=\"50\" y=\"35\">"],
        ["detection_iou"] = ["cat [40, 30, 60, 40]; dog [100, 50, 120, 90]", "[{'Position': [40, 30, 60, 40], 'label': 'cat'}]"],
        ["caption"] = ["two blue squares at the top left, a circle"],
        ["guide"] =
        [
            "well hello and welcome to our gallery dear kind captain. leftmost one red circle rightmost final blue square. "
                + "goodbye until we talk again next weekend.",
            "psst wow yay check out those doodles. biggest",
        ],
    };

    private static readonly string[] Fragments =
    [
        "<answer>", "</answer>", "</think>", "the answer is ", "answer:", "[", "]", "{", "}", "(", ")", ",",
        ".", "-", "+", "e", "%", "\"box\":", "```json", "```", "\n", " ", "0", "1", "5", "30", "40", "60",
        "\\boxed{", "\\text{", "\\frac{1}", "\\", "####", "<think>", "<Answer>", "\"answer\": ", "'", "\"", "**", "$", "#", "/", "^", "|",
        "<|box_start|>", "<loc_", "x1=", "答案是", "。", "，", "７", "option ", "n't", "million", "\u0301", "\ufffe", "◁think▷", ">", "<", ":", "=",
        "1e999", "NaN", "Infinity", "٥", "−", "½", "five", "twenty", "none", "yes", "no", "not", "true",
        "false", "A", "B", "C", "cat", "dog", "red", "ball", "a", "\0", "\ud83d", "İ", "ß",
        "\\sqrt{", "\\pi", "^{", "\\pm", "\\ud800", "cm", "\"label\": ", "'", "null",
        "99999999999999999999", "1,000", "1.2.3", "circle ", "square ", "blue ", "ten ", "the ", "at the left ",
    ];

    /// <summary>Whatever a model writes, a reward is a finite number within the row's range, and never an exception.</summary>
    public static void Survives(Reward row)
    {
        string[] seeds = Seeds(row);
        var random = new RandomStream(7, "fuzz-" + row.Name);
        int earned = 0, refused = 0;
        for (int i = 0; i < Count; i++)
        {
            string text = i % 2 == 0 ? NearMiss(random, random.Pick(seeds)) : Noise(random);

            Score score = row.Compute(text, row.Example!.Truth);

            Assert.True(score.Value >= row.Low && score.Value <= row.High, $"{row.Name}: {score} for '{text}'");
            Assert.False(string.IsNullOrWhiteSpace(score.Reason));
            if (row.Low < 0 ? score.Value >= 0 : score.Value > row.Low)
                earned++;
            else
                refused++;
        }

        // A fuzz test that never reaches the code proves nothing; one in which everything passes neither. No text here is as long as
        // DAPO's longest.
        Assert.InRange(earned, 2000, Count);
        Assert.InRange(refused, row.Name == "soft_overlong" ? 0 : 2000, Count);
    }

    /// <summary>
    /// Nested and repeated openings are what makes a careless pattern take for ever: a million characters of them take well under a
    /// second, or minutes.
    /// </summary>
    public static void ReadsInOnePass(Reward row)
    {
        foreach (string fragment in (string[])[.. Fragments, .. s_repeated])
        {
            string text = string.Concat(Enumerable.Repeat(fragment, Long / fragment.Length));
            long start = TimeProvider.System.GetTimestamp();
            Assert.InRange(row.Compute(text, row.Example!.Truth).Value, row.Low, row.High);
            Assert.True(
                TimeProvider.System.GetElapsedTime(start).TotalSeconds < 10, $"{row.Name} took longer than 10 s for 1 MB of '{fragment}'");
        }
    }

    /// <summary>A row says where it is from, and its example earns the most.</summary>
    public static void IsComplete(Reward row)
    {
        Assert.NotEmpty(row.Source);
        Assert.NotNull(row.Example);
        // A right answer has a word at least, which costs where lengths do.
        Assert.Equal(row.High, row.Compute(row.Example.Right, row.Example.Truth).Value, row.Low < 0 ? 1e-5 : 1e-12);
        Assert.InRange(row.Compute("", row.Example.Truth).Value, row.Low, row.Low < 0 ? 0 : row.Low);
    }

    private static string[] Seeds(Reward row)
    {
        string right = row.Example!.Right;
        return [right, $"<answer>{right}</answer>", $"the answer is {right}", .. s_seeds.GetValueOrDefault(row.Name, [])];
    }

    private static string Noise(RandomStream random)
    {
        var text = new StringBuilder();
        for (int parts = random.Between(0, 12); parts > 0; parts--)
            text.Append(random.Next(8) == 0 ? ((char)random.Next(0x10000)).ToString() : random.Pick(Fragments));
        return text.ToString();
    }

    private static string NearMiss(RandomStream random, string seed)
    {
        var text = new StringBuilder(seed);
        for (int edits = random.Between(0, 2); edits > 0; edits--)
        {
            int at = random.Next(text.Length + 1);
            if (random.Next(2) == 0 && at < text.Length)
                text.Remove(at, 1);
            else
                text.Insert(at, random.Pick(Fragments));
        }

        return text.ToString();
    }
}
