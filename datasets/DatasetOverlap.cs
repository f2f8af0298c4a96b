using System.Globalization;

namespace Vlm.Datasets;

/// <summary>How much of what is measured on was trained on.</summary>
/// <param name="SameQuestions">Examples to measure on whose images and question are also an example's to train on.</param>
/// <param name="SameImages">Examples to measure on that share an image with one to train on, those included.</param>
/// <param name="Count">Examples to measure on.</param>
/// <param name="First">The id of one with the same images and question; null where there is none.</param>
public sealed record DatasetOverlap(int SameQuestions, int SameImages, int Count, string? First)
{
    /// <summary>Compares two sets: images by their bytes, or by their paths; questions letter by letter.</summary>
    /// <param name="train">What is trained on.</param>
    /// <param name="eval">What is measured on.</param>
    public static DatasetOverlap Of(IEnumerable<Example> train, IEnumerable<Example> eval)
    {
        var images = new HashSet<string>(StringComparer.Ordinal);
        var questions = new HashSet<string>(StringComparer.Ordinal);
        foreach (Example example in train)
        {
            string[] own = Images(example);
            images.UnionWith(own);
            questions.Add(Asked(example, own));
        }

        (Example Example, string[] Images)[] measured = [.. eval.Select(example => (example, Images(example)))];
        (Example Example, string[] Images)[] same = [.. measured.Where(item => questions.Contains(Asked(item.Example, item.Images)))];
        return new(
            same.Length, measured.Count(item => item.Images.Any(images.Contains) || questions.Contains(Asked(item.Example, item.Images))),
            measured.Length, same.Length > 0 ? same[0].Example.Id : null);
    }

    /// <summary>In words; null where nothing is shared.</summary>
    public string? Warning => SameQuestions > 0
        ? string.Create(CultureInfo.InvariantCulture,
            $"{SameQuestions} of {Count} examples to measure on are also trained on, image and question (the first is {First}): scores will flatter")
        : SameImages > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{SameImages} of {Count} examples to measure on share an image with one to train on")
            : null;

    private static string[] Images(Example example) => [.. example.Images.Select(image => image.Identity(example.Id))];

    private static string Asked(Example example, string[] images) => string.Join('\n', [.. images, example.Question]);
}
