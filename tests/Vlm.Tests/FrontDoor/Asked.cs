using Vlm.Testing;

namespace Vlm.Tests.FrontDoor;

/// <summary>A tiny model of random weights with questions about its three images, and answers that are long enough to be cut.</summary>
internal static class Asked
{
    internal static readonly string Folder = Fixtures.PathOf("tiny_smolvlm");

    /// <summary>Samples, and never ends early.</summary>
    internal static readonly Sampling Long = new() { MaxNewTokens = 200, MinNewTokens = 200, Temperature = 1.5 };

    internal static readonly string[] Images = ["img0_50x34.png", "img1_30x61.png", "img2_20x20.png"];

    internal static VisionLanguageModel Model() => VisionLanguageModel.Load(Folder, new() { Device = "cpu" });

    internal static ImageSource Image(int number) => Path.Combine(Folder, Images[number % 3]);

    /// <summary>A question about an image.</summary>
    internal static (Message[] Messages, ImageSource[] Images) Question(int number) =>
        ([Message.User($"what is number {number}", 1)], [Image(number)]);

    internal static string Answer(this VisionLanguageModel model, int number, CancellationToken cancel = default)
    {
        (Message[] messages, ImageSource[] images) = Question(number);
        return model.Ask(messages, images, Long, new SampleKey(number, 0), cancel);
    }

    internal static IAsyncEnumerable<string> Stream(
        this VisionLanguageModel model, int number, CancellationToken cancel = default)
    {
        (Message[] messages, ImageSource[] images) = Question(number);
        return model.StreamAsync(messages, images, Long, new SampleKey(number, 0), cancel);
    }
}
