// Asks a model about an image, and shows the answer as it is written.
//   dotnet run --project samples/Ask -- recipes/warm-start datasets/samples/images/shapes-0.png "How many objects are there?"
using Vlm;

using var model = VisionLanguageModel.Load(args[0]);
await foreach (string piece in model.StreamAsync(args[2], args[1]))
    Console.Write(piece);
Console.WriteLine();
