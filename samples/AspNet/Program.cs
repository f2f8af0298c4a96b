// An endpoint that answers questions about images, piece by piece, through the chat client of Microsoft.Extensions.AI.
//   dotnet run --project samples/AspNet -- --model recipes/warm-start --urls http://localhost:5080
//   curl --data-binary @photo.png -H "Content-Type: image/png" "http://localhost:5080/ask?question=What+is+this"
using Microsoft.Extensions.AI;
using Vlm;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(_ => VisionLanguageModel.Load(builder.Configuration["model"] ?? "recipes/warm-start"));
builder.Services.AddSingleton(services => services.GetRequiredService<VisionLanguageModel>().AsChatClient());
WebApplication app = builder.Build();

app.MapPost("/ask", async (string question, HttpRequest request, HttpResponse response, IChatClient client, CancellationToken cancel) =>
{
    using var image = new MemoryStream();
    await request.Body.CopyToAsync(image, cancel);
    var data = new DataContent(image.ToArray(), request.ContentType ?? "image/png");
    response.ContentType = "text/plain; charset=utf-8";
    try
    {
        var message = new ChatMessage(ChatRole.User, [data, new TextContent(question)]);
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync([message], cancellationToken: cancel))
        {
            await response.WriteAsync(update.Text, cancel);
            await response.Body.FlushAsync(cancel);
        }
    }
    catch (UsageException mistake) when (!response.HasStarted)
    {
        response.StatusCode = StatusCodes.Status400BadRequest;
        await response.WriteAsync(mistake.Message, cancel);
    }
});
await app.RunAsync();
