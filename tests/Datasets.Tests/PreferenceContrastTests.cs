namespace Vlm.Datasets.Tests;

/// <summary>Contrasts: two questions, each answered by what the other is not.</summary>
public class PreferenceContrastTests
{
    [Fact]
    public void Each_answer_is_right_where_it_belongs_and_wrong_where_it_does_not()
    {
        ContrastPair[] contrasts = [.. ShapesContrasts.Pairs(5, Split.Test, 60)];

        Assert.All(contrasts.SelectMany(one => (Preference[])[one.First, one.Second]), pair =>
        {
            Assert.Equal(1, pair.Example.Accuracy(pair.Chosen).Value);
            Assert.Equal(0, pair.Example.Accuracy(pair.Rejected).Value);
        });
        Assert.Equal(["caption", "color", "count"], contrasts.Select(one => one.First.Kind).Distinct().Order());
    }

    [Fact]
    public void One_question_has_two_drawings_or_one_drawing_has_two_questions()
    {
        foreach ((int index, ContrastPair one) in ShapesContrasts.Pairs(5, Split.Test, 20).Index())
        {
            bool sameWords = one.First.Example.Question == one.Second.Example.Question, sameDrawing = one.First.Example.Images[0] == one.Second.Example.Images[0];
            Assert.Equal((index % 2 == 0, index % 2 == 1), (sameWords, sameDrawing));
            Assert.Equal(index % 2 == 0 ? Contrast.Image : Contrast.Instruction, one.Varies);
            Assert.Equal((one.First.Chosen, one.First.Rejected), (one.Second.Rejected, one.Second.Chosen));
        }
    }

    [Fact]
    public void A_contrast_follows_from_seed_split_and_index()
    {
        (ContrastPair one, ContrastPair again, ContrastPair other) = (ShapesContrasts.Pair(5, Split.Test, 7), ShapesContrasts.Pair(5, Split.Test, 7), ShapesContrasts.Pair(6, Split.Test, 7));

        Assert.Equal((one.First.Chosen, one.First.Example.Question), (again.First.Chosen, again.First.Example.Question));
        Assert.Equal(one.First.Example.Images[0].Encoded("x"), again.First.Example.Images[0].Encoded("x"));
        Assert.NotEqual((one.First.Chosen, one.First.Rejected, one.First.Example.Question), (other.First.Chosen, other.First.Rejected, other.First.Example.Question));
    }

    [Fact]
    public void Contrasts_of_a_file_are_pairs_with_the_same_answers_in_the_other_order()
    {
        Preference[] pairs =
        [
            Pair("How many circles?", "2", "3"), Pair("How many squares?", "3", "2"),      // a contrast
            Pair("Which?", "a", "b"), Pair("Which?", "b", "a"),                             // two labels that contradict each other
            Pair("How many crosses?", "3", "2"),                                            // nothing is left for it
        ];

        ContrastPair found = Assert.Single(ContrastPair.In(pairs));

        Assert.Equal((pairs[0], pairs[1], Contrast.Instruction), (found.First, found.Second, found.Varies));

        static Preference Pair(string question, string chosen, string rejected) => Preference.Of(Example.Ask([Message.User(question)], []), chosen, rejected);
    }
}
