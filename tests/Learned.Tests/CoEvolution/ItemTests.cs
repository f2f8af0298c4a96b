using Vlm;
using Vlm.Rewards.Learned.CoEvolution;

namespace Learned.Tests.CoEvolution;

/// <summary>Card M4: which items a step's rollouts become, and what is right in them.</summary>
public class ItemTests
{
    private const int Questions = 64, Group = 8;
    private static readonly CoEvolutionOptions s_all = new() { JudgeItems = Questions, ReflectionItems = Questions };
    private static readonly string[] s_matrix = Matrix();
    private static readonly IReadOnlyList<GradedGroup> s_groups = Graded.Groups(s_matrix);

    // 64 x 8 from a fixed seed: each question has a chance of its own to be answered rightly, 0 and 1 among them; one rollout in 16 is no
    // answer.
    private static string[] Matrix()
    {
        var random = new RandomStream(5, "matrix");
        return [.. Enumerable.Range(0, Questions).Select(i => new string([.. Enumerable.Range(0, Group)
            .Select(_ => random.Next(16) == 0 ? '-' : random.NextDouble() < i % 5 / 4.0 ? '1' : '0')]))];
    }

    // What the verifier sees: a rollout without an answer is wrong.
    private static bool IsMixed(string pattern) => pattern.Contains('1') && pattern.Trim('1').Length > 0;

    [Fact]
    public void The_matrix_has_every_kind_of_group()
    {
        Assert.Equal(Questions, s_groups.Count);
        Assert.All(s_groups, group => Assert.Equal(Group, group.Answers.Count));
        Assert.Contains(s_matrix, pattern => pattern.All(mark => mark == '1'));
        Assert.Contains(s_matrix, pattern => !pattern.Contains('1'));
        Assert.InRange(s_matrix.Count(IsMixed), 35, 60);
        Assert.Contains(s_matrix, pattern => pattern.Contains('-'));
    }

    [Fact]
    public void Each_group_becomes_the_items_of_the_rule()
    {
        ItemDraw draw = CoEvolutionItems.Draw(s_groups, s_all, 1, 1);
        var judged = draw.Items.Where(item => item.Kind != ItemKind.Reflection).ToDictionary(item => item.Source);
        var reflected = draw.Items.Where(item => item.Kind == ItemKind.Reflection).ToDictionary(item => item.Source);

        foreach ((int i, string pattern) in s_matrix.Index())
        {
            if (!IsMixed(pattern) && judged.TryGetValue(i, out CoEvolutionItem? one))
                Assert.Equal((ItemKind.Pointwise, pattern[0] == '1'), (one.Kind, one.IsRight));
            ItemForm half = i < Questions / 2 ? ItemForm.WrongSolution : ItemForm.WrongAnswer;
            Assert.Equal(pattern.Contains('0') ? half : null, reflected.GetValueOrDefault(i)?.Form);
        }

        // What is not there was due, and all it could show is unparsable.
        Assert.Equal(Questions - judged.Count + s_matrix.Count(pattern => pattern.Contains('-') && !pattern.Contains('0')), draw.Skipped);
        Assert.Equal(s_matrix.Sum(pattern => pattern.Count(mark => mark == '-')), draw.Unparsable);
        Assert.Equal(0, draw.LeftOut);
    }

    // Shares of n draws within 4 deviations, sqrt(p (1 - p) / n): a wrong rule is far outside, a right one outside once in 16,000.
    [Fact]
    public void Shares_of_forms_classes_letters_and_sides_are_those_of_the_rule()
    {
        CoEvolutionItem[] items = [.. Enumerable.Range(1, 40).SelectMany(step => CoEvolutionItems.Draw(s_groups, s_all, 3, step).Items)];
        CoEvolutionItem[] mixed = [.. items.Where(item => item.Kind != ItemKind.Reflection && IsMixed(s_matrix[item.Source])
            && s_matrix[item.Source].Contains('0') && s_matrix[item.Source].Contains('1'))];
        CoEvolutionItem[] pairs = [.. mixed.Where(item => item.Kind == ItemKind.Pairwise)], singles = [.. mixed.Except(pairs)];
        CoEvolutionItem[] letters = [.. items.Where(item => item.Form == ItemForm.Letters)];

        AssertShare(0.7, pairs.Length, mixed.Length);
        AssertShare(0.5, singles.Count(item => item.IsRight), singles.Length);
        AssertShare(0.5, pairs.Count(item => item.RightLetter == 'A'), pairs.Length);
        AssertShare(0.5, letters.Count(item => item.RightLetter == 'A'), letters.Length);
        AssertShare(0.5, letters.Length, items.Count(item => item.Kind == ItemKind.Pointwise));
        foreach (ItemForm form in Enum.GetValues<ItemForm>())
            Assert.Equal(ItemWordings.Of(form).Count, items.Where(item => item.Form == form).Select(item => item.Wording).Distinct().Count());

        static void AssertShare(double p, int hits, int of) =>
            Assert.InRange((double)hits / of, p - (4 * Math.Sqrt(p * (1 - p) / of)), p + (4 * Math.Sqrt(p * (1 - p) / of)));
    }

    // Truths and wrong answers are words apart, so what an item shows says which class it is.
    [Fact]
    public void Labels_are_the_true_classes_and_nothing_leaks_the_truth()
    {
        CoEvolutionItem[] items = [.. Enumerable.Range(1, 20).SelectMany(step => CoEvolutionItems.Draw(s_groups, s_all, 3, step).Items)];
        Assert.All(items, item =>
        {
            (string words, string truth) = (item.Words(), Graded.Truth(item.Source));
            Assert.All(item.Shown, shown => Assert.Contains(shown[^4..], words, StringComparison.Ordinal));
            Example example = item.On(Graded.Question(item.Source));
            if (item.Kind == ItemKind.Reflection)
            {
                Assert.DoesNotContain(truth, words, StringComparison.Ordinal);
                Assert.Equal((1, 0), (example.Score(truth).Value, example.Score(item.Shown[0]).Value));
                Assert.Equal(item.Form == ItemForm.WrongSolution, item.Shown[0].Contains("because", StringComparison.Ordinal));
                return;
            }

            Assert.Equal(item.Shown.Any(shown => shown == truth) ? 2 : 1, words.Split(truth).Length);
            string right = item.Form switch
            {
                ItemForm.YesNo => item.Shown[0] == truth ? "Yes" : "No",
                ItemForm.Pairwise => item.Shown[0] == truth ? "A" : "B",
                _ => (item.Shown[0] == truth) == (item.RightLetter == 'A') ? "A" : "B",
            };
            string wrong = right switch { "Yes" => "No", "No" => "Yes", "A" => "B", _ => "A" };
            Assert.Equal((1.0, 0.0, 0.0), (example.Score(right).Value, example.Score(wrong).Value, example.Score("perhaps").Value));
            Assert.Equal(right, example.Answer);
        });
    }

    [Fact]
    public void An_item_of_letters_says_which_letter_means_right()
    {
        var item = new CoEvolutionItem(0, ItemForm.Letters, 0, ["seven"], true, 'B');

        Assert.Equal("Which word of list 0?\nAnswer: seven\nThis is\nA. wrong\nB. right", item.Words());
        Assert.Equal("Which word of list 0?\nAnswer: seven\nThis is\nA. right\nB. wrong", (item with { RightLetter = 'A' }).Words());
        Assert.Equal(1, item.On(Graded.Question(0)).Score("right").Value);
        Example example = item.On(Graded.Question(0));
        Assert.Equal((1, "pointwise", "pointwise:q0"), (example.Images.Count, example.Kind, example.Id));
        Assert.True(example.Messages[0].Content[0].IsImage);
    }

    // Eight groups of rollouts without an answer beside one that can be shown: what cannot be shown makes nothing.
    [Theory]
    [InlineData("--------", 0, 8, 2)]        // all wrong: a judge item and a reflection are due
    [InlineData("1-------", 0, 7, 1)]        // mixed: no wrong answer to pair or reflect on; a right one to judge where that class was drawn
    [InlineData("0-------", 2, 7, 0)]
    [InlineData("11111111", 1, 0, 0)]
    public void Unparsable_answers_are_skipped_and_counted(string pattern, int least, int unparsable, int skipped)
    {
        foreach (long step in Enumerable.Range(1, 30))
        {
            ItemDraw draw = CoEvolutionItems.Draw(Graded.Groups(pattern), s_all, 1, step);

            Assert.Equal(unparsable, draw.Unparsable);
            Assert.InRange(draw.Items.Count, least, least + (pattern == "1-------" ? 1 : 0));
            Assert.Equal(skipped + (pattern == "1-------" ? 1 - draw.Items.Count : 0), draw.Skipped);
            Assert.All(draw.Items, item => Assert.DoesNotContain("and so on", item.Words(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void No_more_items_than_the_limits_are_kept_and_which_is_random()
    {
        CoEvolutionOptions few = new() { JudgeItems = 5, ReflectionItems = 3 };
        ItemDraw all = CoEvolutionItems.Draw(s_groups, s_all, 1, 1);
        ItemDraw one = CoEvolutionItems.Draw(s_groups, few, 1, 1), again = CoEvolutionItems.Draw(s_groups, few, 1, 1);

        int reflections = one.Items.Count(item => item.Kind == ItemKind.Reflection);
        Assert.Equal((5, 3), (one.Items.Count - reflections, reflections));
        Assert.Equal(all.Items.Count - 8, one.LeftOut);
        Assert.Equal(one.Items.Select(Key), again.Items.Select(Key));
        Assert.Empty(one.Items.Select(Key).Except(all.Items.Select(Key)));
        Assert.NotEqual(Enumerable.Range(0, 5).Select(i => (long)i), one.Items.Take(5).Select(item => item.Source));
        Assert.NotEqual(one.Items.Select(Key), CoEvolutionItems.Draw(s_groups, few, 1, 2).Items.Select(Key));

        static string Key(CoEvolutionItem item) =>
            $"{item.Source} {item.Form} {item.Wording} {string.Join('|', item.Shown)} {item.RightLetter}";
    }

    // A group whose number in the data is not its place in the step, as after a step of the run.
    [Fact]
    public void Items_name_the_place_of_their_question_in_the_data()
    {
        IReadOnlyList<GradedGroup> groups = GradedGroup.Of([.. Graded.Rollouts(0, "11"), .. Graded.Rollouts(1, "00")], 12);

        Assert.Equal([12L, 13, 13], CoEvolutionItems.Draw(groups, s_all, 1, 1).Items.Select(item => item.Source));
    }

    [Fact]
    public void A_held_out_judge_that_looks_at_nothing_is_right_half_the_time()
    {
        string[] patterns = [.. Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? "10" : i % 4 == 1 ? "11" : "00")];
        IReadOnlyList<CoEvolutionItem> items = HeldOutItems.Of(Graded.Groups(patterns), 0);

        // Right answers come from 4 + 2 groups, wrong ones from 4 + 2, pairs from 4, reflections from 4 + 2.
        Assert.Equal((12, 4, 6), (Count(ItemKind.Pointwise), Count(ItemKind.Pairwise), Count(ItemKind.Reflection)));
        Assert.Equal(6, items.Count(item => item.Kind == ItemKind.Pointwise && item.IsRight));
        foreach (string said in (string[])["Yes", "No", "A", "B"])
            Assert.Equal(0.5, items.Where(item => said.Length > 1 ? item.Form == ItemForm.YesNo : item.RightLetter is not null)
                .Average(item => item.On(Graded.Question(item.Source)).Score(said).Value), 1e-9);

        // Three lettered items of each class, A B A; two pairs of each side.
        Assert.Equal((4, 2), (Letters(ItemForm.Letters, 'A'), Letters(ItemForm.Letters, 'B')));
        Assert.Equal((2, 2), (Letters(ItemForm.Pairwise, 'A'), Letters(ItemForm.Pairwise, 'B')));

        // Three groups without a wrong answer: no class to balance with.
        Assert.Empty(HeldOutItems.Of(Graded.Groups("11", "11", "11"), 0));

        int Count(string kind) => items.Count(item => item.Kind == kind);

        int Letters(ItemForm form, char letter) => items.Count(item => item.Form == form && item.RightLetter == letter);
    }
}
