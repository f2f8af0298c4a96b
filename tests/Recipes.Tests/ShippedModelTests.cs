using Vlm;
using Vlm.Datasets;
using Vlm.Text;

namespace Recipes.Tests;

/// <summary>What recipes/warm-start must be able to do.</summary>
public class ShippedModelTests
{
    // A word in its letters would be four tokens or more.
    [Fact]
    public void The_shipped_model_writes_a_word_in_few_tokens()
    {
        Tokenizer tokenizer = Tokenizer.FromFolder(Path.Combine(Repository.Root, "recipes", "warm-start"));
        double words = 0, tokens = 0;
        for (int i = 0; i < 1000; i++)
        {
            Example example = i % 2 == 0 ? Shapes.TextOnly(1, Split.Train, i) : Shapes.Paired(1, Split.Train, i - 1);
            string text = $"{example.Messages[0].Content[^1].Text} {example.Answer}";
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            words += text.Split(' ').Length;
            tokens += ids.Length;
        }

        Assert.True(tokens / words < 1.6, $"{tokens / words:F3}");
    }
}
