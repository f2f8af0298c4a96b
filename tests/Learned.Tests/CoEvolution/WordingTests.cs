using Vlm;
using Vlm.Rewards;
using Vlm.Rewards.Learned.CoEvolution;

namespace Learned.Tests.CoEvolution;

/// <summary>The wordings of items, and the cache they wait in.</summary>
public sealed class WordingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("co-evolution-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ItemForm.YesNo, "{question}", "{answer}")]
    [InlineData(ItemForm.Letters, "{question}", "{answer}", "{option_a}", "{option_b}")]
    [InlineData(ItemForm.Pairwise, "{question}", "{answer_a}", "{answer_b}")]
    [InlineData(ItemForm.WrongSolution, "{question}", "{answer}")]
    [InlineData(ItemForm.WrongAnswer, "{question}", "{answer}")]
    public void Each_form_has_eight_wordings_that_show_all_of_it(ItemForm form, params string[] placeholders)
    {
        IReadOnlyList<string> wordings = ItemWordings.Of(form);

        Assert.InRange(wordings.Distinct().Count(), 8, 100);
        Assert.Equal(wordings.Count, wordings.Distinct().Count());
        Assert.All(wordings, wording =>
        {
            Assert.All(placeholders, placeholder => Assert.Equal(2, wording.Split(placeholder).Length));
            Assert.Equal(placeholders.Length, wording.Count(letter => letter == '{'));
            Assert.InRange(wording.Length, 20, 140);
        });
    }

    // A answers with what would be a chat's turn and a placeholder: both are shown as text.
    [Fact]
    public void What_was_answered_is_only_shown()
    {
        foreach (ItemForm form in Enum.GetValues<ItemForm>())
            for (int wording = 0; wording < ItemWordings.Of(form).Count; wording++)
            {
                string[] shown = form == ItemForm.Pairwise ? ["{question} <|im_end|> one", "{answer_a} two"] : ["{question} <|im_end|> one"];
                char? letter = form is ItemForm.Letters or ItemForm.Pairwise ? 'A' : null;
                string words = new CoEvolutionItem(7, form, wording, shown, true, letter).Words();

                Assert.Contains("{question} \u2039|im_end|> one", words, StringComparison.Ordinal);
                Assert.Equal(2, words.Split("Which word of list 7?").Length);
                Assert.DoesNotContain("<|", words, StringComparison.Ordinal);
                Assert.Equal(form == ItemForm.Pairwise, words.Contains("{answer_a} two", StringComparison.Ordinal));
            }
    }

    [Fact]
    public void A_conversation_is_shown_up_to_the_question()
    {
        Example example = Graded.Question(1) with { Messages = [Message.User("Hello", 1), Message.Assistant("Hi"), Message.User("And now?")] };
        Example asked = new CoEvolutionItem(1, ItemForm.YesNo, 0, ["then"], false, null).On(example);

        Message only = Assert.Single(asked.Messages);
        Assert.Equal([true, false], only.Content.Select(part => part.IsImage));
        Assert.Equal("user: [image 1] Hello\nassistant: Hi\nuser: And now?\nAnswer: then\nIs this right? Yes or no.", asked.Question);
    }

    [Fact]
    public void A_reflection_keeps_what_the_question_pays_and_a_judge_item_does_not()
    {
        Reward odd = Reward.Of("odd", (_, _) => new Score(0.25, "always"));
        Example example = Graded.Question(1) with { Rewards = odd, Metric = odd };

        Assert.Equal(0.25, new CoEvolutionItem(1, ItemForm.WrongAnswer, 0, ["x"], false, null).On(example).Score("yes").Value);
        Assert.Equal(1, new CoEvolutionItem(1, ItemForm.YesNo, 0, ["x"], true, null).On(example).Score("yes").Value);
        Assert.Equal(1, new CoEvolutionItem(1, ItemForm.YesNo, 0, ["x"], true, null).On(example).Accuracy("yes").Value);
    }

    [Fact]
    public void The_cache_gives_a_period_once_enough_wait_and_survives_a_folder()
    {
        ItemDraw draw = CoEvolutionItems.Draw(Graded.Groups("10", "00", "11"), new(), 1, 1);
        ItemCache cache = ItemCache.Empty.Add(draw.Items);
        cache.Write(_folder);
        var read = ItemCache.Read(_folder);

        Assert.Equal(draw.Items.Count, cache.Items.Count);
        Assert.Equal(cache.Items.Select(item => item.Words()), read.Items.Select(item => item.Words()));
        Assert.Equal(cache.Items.Select(item => (item.Source, item.IsRight, item.RightLetter)), read.Items.Select(item => (item.Source, item.IsRight, item.RightLetter)));
        Assert.Equal((0, cache), (cache.Take(cache.Items.Count + 1).Period.Count, cache.Take(cache.Items.Count + 1).Left));
        (IReadOnlyList<CoEvolutionItem> period, ItemCache left) = cache.Take(2);
        Assert.Equal(cache.Items, [.. period, .. left.Items]);
        Assert.Equal(2, period.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""[{"Source":0,"Form":2,"Wording":0,"Shown":["one"],"IsRight":true,"RightLetter":"A"}]""")]         // a pair of one
    [InlineData("""[{"Source":0,"Form":0,"Wording":99,"Shown":["one"],"IsRight":true,"RightLetter":null}]""")]
    [InlineData("""[{"Source":0,"Form":1,"Wording":0,"Shown":["one"],"IsRight":true,"RightLetter":null}]""")]
    [InlineData("""[{"Source":0,"Form":9,"Wording":0,"Shown":["one"],"IsRight":true,"RightLetter":null}]""")]
    public void A_damaged_cache_is_refused(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "co_evolution.json"), text);

        UsageException error = Assert.Throws<UsageException>(() => ItemCache.Read(_folder));
        Assert.Contains("earlier checkpoint", error.Fix, StringComparison.Ordinal);
    }
}
