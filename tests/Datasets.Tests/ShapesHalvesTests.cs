namespace Vlm.Datasets.Tests;

public class ShapesHalvesTests
{
    private static readonly Split[] Sides = [Split.Train, Split.Validation, Split.Test];

    [Fact]
    public void Descriptions_have_10_to_40_words_many_wordings_and_earn_everything()
    {
        var lengths = new HashSet<int>();
        var openings = new HashSet<string>();
        for (int i = 0; i < 2000; i += 2)
        {
            ShapesQuestion question = Shapes.PairedQuestion(3, Sides[i % 3], i);
            int words = question.Answer.Split(' ').Length;
            Assert.True(words is >= 10 and <= 40, $"{words} words: {question.Answer}");
            Assert.True(question.Truth.Kind.Accuracy.Compute(question.Answer, question.Truth).Value == 1,
                $"{question.Answer}: {question.Truth.Kind.Score.Compute(question.Answer, question.Truth)}");
            Assert.Equal("describe", question.Kind);
            lengths.Add(words);
            openings.Add($"{question.Text} {string.Join(' ', question.Answer.Split(' ')[..2])}");
        }

        Assert.True(lengths.Count > 20, $"{lengths.Count} lengths");
        Assert.Equal(4 * 5, openings.Count);
    }

    // What a model that never looks can earn: the best of 300 captions of other scenes, said of every scene.
    [Fact]
    public void No_caption_earns_much_of_every_scene()
    {
        ShapesQuestion[] asked = [.. Enumerable.Range(0, 300).Select(i => Shapes.PairedQuestion(3, Split.Train, 2 * i))];

        double best = asked.Max(said => asked.Where(other => other != said)
            .Average(other => other.Truth.Kind.Score.Compute(said.Answer, other.Truth).Value));

        Assert.InRange(best, 0.05, 0.2);
    }

    [Fact]
    public void Places_and_relations_are_true_of_the_drawing()
    {
        int relations = 0;
        for (int i = 0; i < 1000; i += 2)
        {
            ShapesQuestion question = Shapes.PairedQuestion(4, Split.Train, i);
            if (question.Answer.Split(". ") is not [_, var more])
                continue;
            string relation = ((string[])["left of", "right of", "above", "below"]).Single(
                word => more.Contains($" is {word} the ", StringComparison.Ordinal));
            string[] nouns = more.TrimEnd('.')["The ".Length..].Split($" is {relation} the ");
            Assert.True(English.Side(
                relation, Assert.Single(English.Find(question.Scene!, nouns[0])),
                Assert.Single(English.Find(question.Scene!, nouns[1]))) > 0, question.Answer);
            relations++;
        }

        Assert.InRange(relations, 50, 300);
    }

    [Fact]
    public void The_paired_half_draws_and_the_text_half_only_tells()
    {
        Example paired = Shapes.Paired(1, Split.Validation, 5), text = Shapes.TextOnly(1, Split.Validation, 5);

        Assert.Equal(("shapes-paired-validation-1-5", "color"), (paired.Id, paired.Kind));
        Assert.Single(paired.Images);
        Assert.Equal(("shapes-text-validation-1-5", "told"), (text.Id, text.Kind));
        Assert.Empty(text.Images);
        Assert.DoesNotContain(text.Messages.SelectMany(message => message.Content), part => part.IsImage);
        Assert.Equal("tell", Shapes.TextOnly(1, Split.Validation, 4).Kind);
        Assert.Equal(paired.Answer, Shapes.Paired(1, Split.Validation, 5).Answer);
        Assert.NotEqual(Shapes.TextOnly(1, Split.Validation, 4).Answer, Shapes.TextOnly(2, Split.Validation, 4).Answer);
    }

    // The signature is the collection of objects, wherever they stand: stricter than equal drawings.
    [Fact]
    public void No_scene_is_drawn_and_told_and_none_is_in_two_splits()
    {
        HashSet<string>[] sets = [.. Sides.SelectMany(split => new[]
        {
            Enumerable.Range(0, 1200).Select(i => Shapes.PairedQuestion(1, split, i).Scene!.Signature).ToHashSet(),
            Enumerable.Range(0, 1200).Select(i => Shapes.TextOnlyQuestion(1, split, i).Scene!.Signature).ToHashSet(),
        })];

        Assert.All(sets, set => Assert.True(set.Count > 600, $"{set.Count}"));
        for (int a = 0; a < sets.Length; a++)
            for (int b = 0; b < a; b++)
                Assert.Empty(sets[a].Intersect(sets[b]));
        Assert.True(sets[0].Overlaps(Enumerable.Range(0, 1200).Select(
            i => Shapes.PairedQuestion(9, Split.Train, i).Scene!.Signature)), "nothing could have overlapped");
    }

    [Fact]
    public void Told_questions_follow_from_what_is_told()
    {
        string[] asked = ["How many ", " are there?", "Count the ", "What is the number of "];
        int counted = 0;
        for (int i = 2; i < 1500; i += 15)       // index / 3 of 5 kinds: count
        {
            ShapesQuestion question = Shapes.TextOnlyQuestion(1, Split.Train, i);
            string noun = asked.Aggregate(
                question.Text.Split(". ")[^1], (text, words) => text.Replace(words, "")).TrimEnd('.', '?');
            Assert.Equal(question.Answer, $"{English.Find(question.Scene!, noun).Count}");
            Assert.StartsWith("told", question.Kind);
            counted++;
        }

        Assert.Equal(100, counted);
    }

    [Fact]
    public void The_paired_half_refuses_a_kind_without_drawing() => Assert.Equal(
        "error: the kind 'text' has no drawing, and the paired half is of drawings with words\n"
        + "   at: Kinds = count text\n  try: kinds without 'text'; Shapes.TextOnly gives words alone",
        Assert.Throws<UsageException>(
            () => Shapes.Paired(1, Split.Train, 0, new ShapesOptions { Kinds = ["count", "text"] })).Render());
}
