using System.Text;

namespace Vlm.Rewards.Tests;

/// <summary>Whatever a model writes, a reward is a finite number from 0 to 1, and never an exception.</summary>
public class FuzzTests
{
    private const int Count = 200_000;
    private static readonly Truth.Region Region = new(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);
    private static readonly Truth.Caption Scene = new(
        [new("small", "red", "circle", 0.2, 0.1), new("large", "blue", "square", 0.8, 0.5)]);

    private static readonly string[] Options = ["cat", "dog", "3"];

    // Each reward with answers that are right. Half of the strings are these with a few letters changed.
    private static readonly (string Name, Func<string, Score> Reward, string[] Seeds)[] Rewards =
    [
        ("exact", text => TextMatch.Exact(text, "red"), ["red", "<answer>red</answer>", "the answer is red"]),
        ("normalised", text => TextMatch.Normalised(text, "red ball"), ["The red ball.", "<answer>red ball</answer>"]),
        ("number", text => NumberMatch.Within(text, 5), ["5", "five", "<answer>5.0</answer>", "500%", "answer: 5"]),
        ("share", text => NumberMatch.WithinShare(text, 1000), ["1,000", "1e3", "999.5", "1,020"]),
        ("yes", text => YesNo.Match(text, true), ["yes", "Yes.", "<answer>yes</answer>"]),
        ("false", text => YesNo.TrueFalse(text, false), ["false", "not true", "<answer>False</answer>"]),
        ("choice", text => ChoiceMatch.Of(text, 'B', Options), ["B", "(B) dog", "**B**", "A dog", "answer: b"]),
        ("iou", text => BoxReward.Iou(text, Region), ["[41, 30, 60, 41]", "{\"bbox_2d\": [40, 30.5, 60, 40]}"]),
        ("hit", text => BoxReward.HitAt(text, Region), ["[41, 30, 60, 41]", "<answer>[40, 30, 61, 40]</answer>"]),
        ("point", text => BoxReward.PointIn(text, Region), ["[50, 35]", "(41.5, 39)", "{\"point\": [50, 35]}"]),
        ("tag", FormatReward.AnswerTag, ["<answer>x</answer>", "so <answer>[1, 2]</answer> "]),
        ("json", FormatReward.BoxJson, ["{\"box\": [1, 2, 3, 4]}", "```json\n{\"bbox\": [1.5, 2, 3, 4]}\n```"]),
        ("words", text => SharedWords.F1(text, "red ball"), ["The red ball.", "a ball, <answer>red</answer>"]),
        ("caption", text => CaptionReward.Of(text, Scene),
            ["A small red circle and a large blue square.", "two blue squares at the top left, a circle"]),
        ("verify", text => Verify.Score(text, new Truth.Word("yes")), ["yes", "<answer>yes</answer>"]),
    ];

    private static readonly string[] Fragments =
    [
        "<answer>", "</answer>", "</think>", "the answer is ", "answer:", "[", "]", "{", "}", "(", ")", ",",
        ".", "-", "+", "e", "%", "\"box\":", "```json", "```", "\n", " ", "0", "1", "5", "30", "40", "60",
        "1e999", "NaN", "Infinity", "٥", "−", "½", "five", "twenty", "none", "yes", "no", "not", "true",
        "false", "A", "B", "C", "cat", "dog", "red", "ball", "a", "\0", "\ud83d", "İ", "ß",
        "99999999999999999999", "1,000", "1.2.3", "circle ", "square ", "blue ", "ten ", "the ", "at the left ",
    ];

    public static TheoryData<string> Names => [.. Rewards.Select(reward => reward.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_string_makes_a_reward_throw_or_leave_its_range(string name)
    {
        (_, Func<string, Score> reward, string[] seeds) = Rewards.Single(entry => entry.Name == name);
        var random = new RandomStream(7, "fuzz-" + name);
        int earned = 0, refused = 0;
        for (int i = 0; i < Count; i++)
        {
            string text = i % 2 == 0 ? NearMiss(random, random.Pick(seeds)) : Noise(random);

            Score score = reward(text);

            Assert.True(score.Value is >= 0 and <= 1, $"{name}: {score} for '{text}'");
            Assert.False(string.IsNullOrWhiteSpace(score.Reason));
            if (score.Value > 0)
                earned++;
            else
                refused++;
        }

        // A fuzz test that never reaches the code proves nothing; one in which everything passes neither.
        Assert.InRange(earned, 2000, Count);
        Assert.InRange(refused, 2000, Count);
    }

    // Nested and repeated openings are what makes a careless pattern take for ever: these end at once or not at all.
    [Theory]
    [MemberData(nameof(Names))]
    public void Long_repetitions_are_read_in_one_pass(string name)
    {
        Func<string, Score> reward = Rewards.Single(entry => entry.Name == name).Reward;
        foreach (string fragment in Fragments)
            Assert.InRange(reward(string.Concat(Enumerable.Repeat(fragment, 20_000))).Value, 0, 1);
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
