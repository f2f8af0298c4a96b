using Recipes.Cli;
using Vlm;
using Vlm.Rewards;

namespace Cli.Tests;

public sealed class OwnRewardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("own-reward-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("static double Reward(string text, string truth) => text == truth ? 1 : 0.25;")]
    [InlineData("static bool Right(string text, string truth) => text == truth;")]
    [InlineData("static int Right(string text, Truth truth) => truth is Truth.Word word && word.Answer == text ? 1 : 0;")]
    [InlineData("static Score Reward(string completion, Truth truth) => truth.Kind.Score.Compute(completion, truth);")]
    [InlineData("static float Reward(string completion, Truth.Word truth) => completion == truth.Answer ? 1f : 0f;")]
    [InlineData("static double[] Reward(IReadOnlyList<string> texts, IReadOnlyList<Truth> truths) => [.. texts.Zip(truths, (a, b) => a == ((Truth.Word)b).Answer ? 1.0 : 0)];")]
    [InlineData("static IEnumerable<bool> Reward(string[] texts, string[] truths) => texts.Zip(truths, (a, b) => a == b);")]
    [InlineData("public static class Mine { public static double Reward(string text, string truth) => text == truth ? 1 : 0; }")]
    [InlineData("static double Reward(string text, string truth) => Words.Same(text, truth) ? 1 : 0; static class Words { public static bool Same(string text, string truth) => text == truth; }")]
    [InlineData("using System.Text.RegularExpressions;\nstatic double Reward(string text, string truth) => Regex.IsMatch(text, $\"^{truth}$\") ? 1 : 0;")]
    public void A_static_function_is_a_reward(string code)
    {
        Reward reward = Compile(code);

        Assert.Equal("mine", reward.Name);
        Assert.Equal(1, reward.Compute("red", new Truth.Word("red")).Value);
        Assert.True(reward.Compute("blue", new Truth.Word("red")).Value < 1);
        Assert.Equal([1, reward.Compute("blue", new Truth.Word("red")).Value], Batch(reward, "red", "blue"));
    }

    // The text of a truth is what a file of data would hold.
    [Fact]
    public void A_truth_is_given_as_its_text()
    {
        Reward reward = Compile("static Score Reward(string text, string truth) => new(1, truth);");

        Assert.Equal("B", reward.Compute("", new Truth.Choice('B', ["cat", "dog"])).Reason);
        Assert.Equal("12%", reward.Compute("", new Truth.Number(12) { IsPercent = true }).Reason);
        Assert.Equal("[40, 30, 60.5, 40]", reward.Compute("", new Truth.Region(new(40, 30, 60.5, 40), Frame.Thousand, 1000, 1000)).Reason);
    }

    // What is paid does not say what is right: the kinds do, or the file; and a function of lists sees answers of all kinds together.
    [Fact]
    public void Whether_an_answer_is_right_is_said_by_the_kind_whatever_is_paid()
    {
        File.WriteAllText(Path.Combine(_folder, "count.cs"),
            "static double[] Count(IReadOnlyList<string> texts, IReadOnlyList<Truth> truths) => [.. texts.Select(_ => (double)texts.Count)];");
        RunRewards rewards = new RewardOptions { Reward = [Path.Combine(_folder, "count.cs")] }.Read();
        Example word = rewards.On(Ask("word")), number = rewards.On(Ask("number") with { Truth = new Truth.Number(7) }),
            exact = rewards.On(Ask("exact") with { Metric = Reward.Table["exact_match"] });

        IReadOnlyList<TotalScore> scores = Example.Score([word, number, exact], ["Red.", "eight", "Red."]);

        Assert.Equal([3, 3, 3], scores.Select(score => score.Value));
        Assert.Equal([1, 0, 0], scores.Select(score => score.Accuracy!.Value.Value));
        Assert.Equal(["word_match", "count"], scores[0].Parts.Select(part => part.Name));
    }

    // All of a step: the longest of them earns 1, the others their share of it: 3 / 4, 4 / 4, 2 / 4.
    [Fact]
    public void A_function_of_lists_sees_all_answers_of_a_step_together()
    {
        Reward reward = Compile("""
            static double[] Share(IReadOnlyList<string> texts, IReadOnlyList<Truth> truths)
            {
                double longest = texts.Max(text => text.Length);
                return [.. texts.Select(text => text.Length / longest)];
            }
            """);
        Example[] examples = [.. Enumerable.Range(0, 3).Select(i => Ask($"q{i}") with { Rewards = new RewardSet([new(reward, 2)], null) })];

        IReadOnlyList<TotalScore> scores = Example.Score(examples, ["abc", "abcd", "ab"]);

        Assert.Equal([1.5, 2, 1], scores.Select(score => score.Value));
        Assert.Equal("mine", scores[0].Parts[0].Name);
    }

    [Fact]
    public void Files_stand_beside_names_and_have_weights()
    {
        string path = Write("static double Reward(string text, string truth) => text.Length;");

        RewardSet rewards = OwnReward.ReadSet([$"{path}:0.5", "exact_match:2"], TimeSpan.FromSeconds(60), "--reward");

        Assert.Equal("0.5 mine + 2 exact_match", rewards.ToString());
        Assert.Equal((0.5 * 3) + (2 * 1), rewards.Compute("red", new Truth.Word("red")).Value);
        Assert.Equal(["iou", "acc@0.5"], OwnReward.ReadSet(["0.5 iou + 0.5 acc@0.5"], TimeSpan.FromSeconds(60), "x").Parts.Select(part => part.Reward.Name));
        Assert.Equal("there is no reward 'mime'", Assert.Throws<UsageException>(
            () => OwnReward.ReadSet(["mime"], TimeSpan.FromSeconds(60), "--reward mime")).Message);
    }

    [Fact]
    public void Errors_of_the_compiler_are_shown_as_it_prints_them()
    {
        string path = Write("static double Reward(string text, string truth)\n{\n    return text.Lenght + missing;\n}\n");

        var error = Assert.Throws<UsageException>(() => OwnReward.Compile(path, TimeSpan.FromSeconds(60)));

        Assert.Equal("the reward does not compile: 2 errors", error.Message);
        Assert.StartsWith($"{path}(3,17): error CS1061: 'string' does not contain a definition for 'Lenght'", error.Where);
        Assert.Contains($"; {path}(3,26): error CS0103: The name 'missing' does not exist in the current context", error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Theory]
    [InlineData("", "the file has no function that could be a reward")]
    [InlineData("static class Mine { public static double Reward(string text) => 1; }", "the file has no function that could be a reward")]
    [InlineData("static double One(string text) => 1;", "One cannot be a reward: other arguments or another result, or not static")]
    [InlineData("static double One(string text, string truth) => 1; static bool Two(string text, Truth truth) => true;", "One and Two could each be the reward")]
    [InlineData("Console.WriteLine(1);\nstatic double One(string text, string truth) => 1;", "'Console.WriteLine(1);' stands outside of a function, where nothing runs it")]
    [InlineData("#:package Newtonsoft.Json\nstatic double One(string text, string truth) => 1;", "a reward's file takes no directive, and has '#:package Newtonsoft.Json'")]
    public void A_file_without_one_function_is_refused(string code, string problem)
    {
        var error = Assert.Throws<UsageException>(() => Compile(code));

        Assert.Equal(problem, error.Message);
        Assert.Contains("mine.cs", error.Where);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused()
    {
        string path = Path.Combine(_folder, "none.cs");

        var error = Assert.Throws<UsageException>(() => OwnReward.Compile(path, TimeSpan.FromSeconds(60)));

        Assert.StartsWith("the reward's file cannot be read: ", error.Message);
        Assert.Equal(path, error.Where);
    }

    [Theory]
    [InlineData("static double Reward(string text, string truth)\n{\n    return text[0];\n}", "Reward threw IndexOutOfRangeException: ", "(3), example q1")]
    [InlineData("static double Reward(string text, string truth)\n    => double.Parse(text);", "Reward threw FormatException: ", "(2), example q1")]
    [InlineData("static double Reward(string text, string truth) => text.Length == 0 ? double.NaN : 1;", "Reward gave NaN", ", example q1")]
    [InlineData("static double Reward(string text, string truth) => 1.0 / text.Length;", "Reward gave Infinity", ", example q1")]
    [InlineData("static double Reward(string text, Truth.Number truth) => 1;", "Reward takes a truth of type number, and this one is word", ", example q0")]
    [InlineData("static double[] Reward(string[] texts, string[] truths) => [1];", "Reward gave 1 scores for 2 answers", "mine.cs")]
    [InlineData("static double[] Reward(string[] texts, string[] truths) => null!;", "Reward gave 0 scores for 2 answers", "mine.cs")]
    [InlineData("static IEnumerable<double> Reward(string[] texts, string[] truths)\n{\n    yield return 1;\n    throw new InvalidOperationException(\"tired\");\n}", "Reward threw InvalidOperationException: tired", "(4), 2 examples from q0 on")]
    public void What_goes_wrong_in_a_call_names_file_line_and_example_and_is_never_a_score(string code, string problem, string where)
    {
        Reward reward = Compile(code);

        var error = Assert.Throws<UsageException>(() => Batch(reward, "1", ""));

        Assert.StartsWith(problem, error.Message);
        Assert.EndsWith(where, error.Where);
        Assert.Contains("mine.cs", error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Fact]
    public void A_call_that_takes_too_long_is_said_and_stopped()
    {
        Reward reward = OwnReward.Compile(
            Write("static double Reward(string text, string truth) { if (text == \"\") Thread.Sleep(60_000); return 1; }"), TimeSpan.FromSeconds(0.5));
        long start = TimeProvider.System.GetTimestamp();

        var error = Assert.Throws<UsageException>(() => Batch(reward, "1", ""));

        Assert.Equal("Reward took longer than 0.5 seconds, and was stopped", error.Message);
        Assert.EndsWith("mine.cs, example q1", error.Where);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.4, 20);
    }

    // 30 calls of 30 ms are 0.9 s: more than the limit of a call, which each of them keeps.
    [Fact]
    public void The_limit_is_that_of_a_call_and_not_of_a_step()
    {
        Reward reward = OwnReward.Compile(
            Write("static double Reward(string text, string truth) { Thread.Sleep(30); return 1; }"), TimeSpan.FromSeconds(0.8));

        Assert.Equal(30, Batch(reward, [.. Enumerable.Repeat("1", 30)]).Count());
    }

    // Reading data tries rewards on its truths; a function of the user is not run for that.
    [Fact]
    public void A_truth_is_not_tried_on_it() =>
        Assert.Null(Compile("static double Reward(string text, string truth) => throw new Exception();").Problem(new Truth.Word("red")));

    private static IEnumerable<double> Batch(Reward reward, params string[] texts)
    {
        Example[] examples = [.. texts.Select((_, i) => Ask($"q{i}") with { Rewards = reward })];
        return Example.Score(examples, texts).Select(score => score.Value);
    }

    private static Example Ask(string id) => new(id, "vqa", [], [Message.User("What colour?")], new Truth.Word("red"), "red");

    private Reward Compile(string code) => OwnReward.Compile(Write(code), TimeSpan.FromSeconds(60));

    private string Write(string code)
    {
        string path = Path.Combine(_folder, "mine.cs");
        File.WriteAllText(path, code);
        return path;
    }
}
